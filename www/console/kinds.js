// What the console can show, by the first letters of an id: where it is asked for, and which element shows it.

const KINDS = {
  exe: { name: "execution", collection: "executions", module: "/pkg/cxpulse.js", actions: "" },
  bat: { name: "batch", collection: "batches", module: "/pkg/cxpulse-batch.js", actions: "cancel redrive" },
  chn: { name: "chain", collection: "chains", module: "/pkg/cxpulse-chain.js", actions: "cancel redrive" },
  his: { name: "history", collection: "histories", module: "/pkg/cxpulse-history.js", actions: "cancel" },
};

/** The kind of what has that id. `actions` is what its element offers by itself, empty for an execution's. */
export function kindOf(id) {
  return KINDS[id.slice(0, 3)] ?? KINDS.exe;
}
