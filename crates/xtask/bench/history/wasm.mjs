// The wasm build under Node.js: `node wasm.mjs MODULE FILE ROUNDS` prints the best round in milliseconds as JSON.
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";

const [, , path, file, rounds] = process.argv;
const packed = readFileSync(file);
const page = file.endsWith(".gz") ? gunzipSync(packed) : packed;
const { instance } = await WebAssembly.instantiate(readFileSync(path), {});
const { memory, room, run } = instance.exports;
const at = room(page.length);
new Uint8Array(memory.buffer, at, page.length).set(page);
let [best, edges] = [Infinity, 0];
for (let round = 0; round < Number(rounds); round += 1) {
  const begun = performance.now();
  edges = run(at, page.length);
  best = Math.min(best, performance.now() - begun);
}
console.log(JSON.stringify({ parsed_ms: best, edges }));
