// The same with node-postgres: npm install pg@8
const { Client, Pool } = require("pg");
const assert = require("assert");

async function main() {
    const pool = new Pool({ max: 3 });
    const listener = new Client();
    await listener.connect();

    async function session() {
        const client = await pool.connect();
        await client.query("begin");
        await client.query("create temporary table basket (item int) on commit drop");
        await client.query("insert into basket select generate_series(1, 3)");
        assert.strictEqual((await client.query("select sum(item)::int s from basket")).rows[0].s, 6);
        await client.query("commit");
        for (let i = 0; i < 3; i++) {
            const half = { name: "half", text: "select $1::int / 2 as h", values: [8] };
            assert.strictEqual((await client.query(half)).rows[0].h, 4);
        }
        await assert.rejects(client.query("select 1 / 0"), { code: "22012" });
        client.release();
    }

    async function listens() {
        const heard = new Promise((resolve) => listener.on("notification", resolve));
        await listener.query("listen news");
        await pool.query("select pg_notify('news', $1)", ["of today"]);
        assert.strictEqual((await heard).payload, "of today");
        await listener.query("unlisten *");
    }

    async function transfer() {
        const client = await pool.connect();
        await client.query("begin");
        await client.query("update accounts set balance = balance - $1 where id = 1", [1]);
        await client.query("update accounts set balance = balance + $1 where id = 2", [1]);
        await client.query("commit");
        client.release();
    }

    await session();
    await listens();
    let ended = false;
    process.stdin.once("data", () => (ended = true));
    console.log("ready");
    let count = 0;
    while (!ended) {
        await transfer();
        count++;
    }
    await session();
    console.log("done", count);
    process.exit(0);
}

main().catch((error) => {
    console.error(error);
    process.exit(1);
});
