// A small application by mysql2 of Node.js: transactions, prepared statements, a temporary table,
// a file of its own, compression.
//
// Usage: mysql2_app.js PORT FILE

const assert = require('assert');
const fs = require('fs');
const mysql = require('mysql2/promise');

const [port, file] = [Number(process.argv[2]), process.argv[3]];

function connect(more) {
  return mysql.createConnection({
    host: '127.0.0.1',
    port,
    user: 'app',
    password: 'secret',
    database: 'shop',
    infileStreamFactory: (path) => fs.createReadStream(path),
    ...more,
  });
}

async function main() {
  const one = await connect();
  const two = await connect({ compress: true });
  await one.query('DROP TABLE IF EXISTS node_rows');
  await one.query(
    'CREATE TABLE node_rows (id INT AUTO_INCREMENT PRIMARY KEY, name VARCHAR(50), n INT)');

  await one.beginTransaction();
  const [inserted] = await one.execute('INSERT INTO node_rows (name, n) VALUES (?, ?)', ['Zoë', 10]);
  await two.execute('INSERT INTO node_rows (name, n) VALUES (?, ?)', ['other', 1]);
  await one.commit();
  const [[last]] = await one.query('SELECT LAST_INSERT_ID() AS id');
  assert.strictEqual(last.id, inserted.insertId);

  await one.beginTransaction();
  await one.execute('UPDATE node_rows SET n = n + 5 WHERE id = ?', [inserted.insertId]);
  await one.rollback();
  const [[row]] = await two.execute('SELECT name, n FROM node_rows WHERE id = ?', [inserted.insertId]);
  assert.deepStrictEqual({ ...row }, { name: 'Zoë', n: 10 });

  await one.query('CREATE TEMPORARY TABLE draft AS SELECT * FROM node_rows');
  await two.query("SET SESSION sql_mode = 'ANSI_QUOTES'");
  const [[drafts]] = await one.query('SELECT count(*) AS n, "text" AS t FROM draft');
  assert.deepStrictEqual({ ...drafts }, { n: 2, t: 'text' });

  await one.query(`LOAD DATA LOCAL INFILE '${file}' INTO TABLE node_rows (name, n)`);
  const [[sum]] = await two.query('SELECT SUM("n") AS n, REPEAT(\'z\', 200000) AS z FROM node_rows');
  assert.strictEqual(Number(sum.n), 11 + (999 * 1000) / 2);
  assert.strictEqual(sum.z.length, 200000);

  const runs = await Promise.all(
    [...Array(100).keys()].map((i) => two.execute('SELECT ? + 1 AS n', [i])));
  runs.forEach(([[each]], i) => assert.strictEqual(Number(each.n), i + 1));
  await assert.rejects(one.query('SELECT nothing FROM nowhere'), { errno: 1146 });

  await one.changeUser({ user: 'app', password: 'secret', database: 'shop' });
  await assert.rejects(one.query('SELECT * FROM draft'), { errno: 1146 });
  await one.query('DROP TABLE node_rows');
  await one.end();
  await two.end();
  console.log('good');
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
