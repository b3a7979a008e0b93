// Some headers of an answer, a line for each, empty where there is none. In one step: each step out of the wasm module and back
// costs more than the header.
export function head(answer, names) {
  const { headers } = answer;
  return names.split(" ").map((name) => headers.get(name) ?? "").join("\n");
}
