// The same with Sequelize: npm install sequelize@6 pg@8
const { Sequelize, DataTypes, Op } = require("sequelize");
const assert = require("assert");

async function main() {
    const env = process.env;
    const sequelize = new Sequelize(env.PGDATABASE, env.PGUSER, env.PGPASSWORD, {
        host: env.PGHOST,
        port: env.PGPORT,
        dialect: "postgres",
        logging: false,
        pool: { max: 3 },
    });
    const Account = sequelize.define(
        "Account",
        { id: { type: DataTypes.INTEGER, primaryKey: true }, balance: DataTypes.INTEGER },
        { tableName: "accounts", timestamps: false },
    );
    const Note = sequelize.define(
        "Note",
        { text: DataTypes.TEXT },
        { tableName: "sequelize_notes", timestamps: false },
    );

    async function notes() {
        await Note.sync();
        await Note.destroy({ where: {} });
        const all = Array.from({ length: 100 }, (_, i) => ({ text: "note " + i }));
        await Note.bulkCreate(all);
        assert.strictEqual(await Note.count({ where: { text: { [Op.like]: "note 1%" } } }), 11);
        await assert.rejects(
            sequelize.transaction(async (transaction) => {
                await Note.create({ text: "never" }, { transaction });
                throw new Error("rolls back");
            }),
        );
        assert.strictEqual(await Note.count(), 100);
    }

    async function transfer() {
        await sequelize.transaction(async (transaction) => {
            const lock = { transaction, lock: transaction.LOCK.UPDATE };
            const one = await Account.findByPk(1, lock);
            const two = await Account.findByPk(2, lock);
            one.balance -= 1;
            two.balance += 1;
            await one.save({ transaction });
            await two.save({ transaction });
        });
    }

    await notes();
    let ended = false;
    process.stdin.once("data", () => (ended = true));
    console.log("ready");
    let count = 0;
    while (!ended) {
        await transfer();
        count++;
    }
    await notes();
    console.log("done", count);
    process.exit(0);
}

main().catch((error) => {
    console.error(error);
    process.exit(1);
});
