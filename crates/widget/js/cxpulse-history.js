// The entry of `<cxpulse-history>`: importing it loads the wasm beside it and defines the element. Where that fails, the text between the
// tags stays. A page that shows executions besides imports `cxpulse.js` as well.
import init from "./cxpulse_widget_history.js";

/** Settles when the element is defined. */
export const ready = init();
ready.catch((error) => console.error("cxpulse: the element could not be loaded.", error));
