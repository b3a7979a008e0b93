// The package's entry: importing it loads the wasm beside it and defines the elements. Where that fails, the text between the tags stays.
import init from "./cxpulse_widget.js";

/** Settles when the elements are defined. */
export const ready = init();
ready.catch((error) => console.error("cxpulse: the elements could not be loaded.", error));
