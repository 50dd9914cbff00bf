// A worker in Node: a line of JSON in, a line of JSON out. Put your own function in place of sum().
'use strict';
const sum = (values) => values.reduce((total, value) => total + value, 0);

require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => {
  const request = JSON.parse(line);
  process.stdout.write(JSON.stringify({ id: request.id, sum: sum(request.values) }) + '\n');
});
