// The entry of `<cxpulse-chain>`: importing it loads the wasm beside it and defines the element. Where that fails, the text between the
// tags stays. A page that shows executions besides imports `cxpulse.js` as well.
import init from "./cxpulse_widget_chain.js";

/** Settles when the element is defined. */
export const ready = init();
ready.catch((error) => console.error("cxpulse: the element could not be loaded.", error));
