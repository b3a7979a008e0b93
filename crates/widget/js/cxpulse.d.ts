/** Settles when the element is defined. */
export declare const ready: Promise<unknown>;

export type Token = string | { token: string };

/** What all elements have: properties mirror the attributes of the same name. */
export interface CxpulseElement extends HTMLElement {
  src: string | null;
  token: string | null;
  tokenSrc: string | null;
  label: string | null;
  theme: string | null;
  tokenProvider: (() => Token | Promise<Token>) | undefined;
  /** The latest snapshot, as the API answers it. */
  readonly snapshot: Readonly<Record<string, unknown>> | null;
}

/** `<cxpulse-execution>`, of `cxpulse`. */
export interface CxpulseExecutionElement extends CxpulseElement {}

/** `<cxpulse-batch>`, of `cxpulse/batch`. */
export interface CxpulseBatchElement extends CxpulseElement {
  /** `cancel`, `redrive`, or both with a blank between. */
  actions: string | null;
}

/** `<cxpulse-chain>`, of `cxpulse/chain`. */
export interface CxpulseChainElement extends CxpulseElement {
  /** `cancel`, `redrive`, or both with a blank between. */
  actions: string | null;
}

/** `<cxpulse-history>`, of `cxpulse/history`. */
export interface CxpulseHistoryElement extends CxpulseElement {
  /** `cancel`, or nothing. */
  actions: string | null;
}

declare global {
  interface HTMLElementTagNameMap {
    "cxpulse-execution": CxpulseExecutionElement;
    "cxpulse-batch": CxpulseBatchElement;
    "cxpulse-chain": CxpulseChainElement;
    "cxpulse-history": CxpulseHistoryElement;
  }
  interface HTMLElementEventMap {
    "cxpulse-changed": CustomEvent<Readonly<Record<string, unknown>>>;
    "cxpulse-progressed": CustomEvent<Readonly<Record<string, unknown>>>;
    "cxpulse-ended": CustomEvent<Readonly<Record<string, unknown>>>;
    "cxpulse-failed": CustomEvent<{ reason: string }>;
    "cxpulse-connected": CustomEvent<{ mode: "socket" | "stream" | "poll" }>;
    "cxpulse-disconnected": CustomEvent<{ retry_at: string }>;
    /** Somebody follows an item of a batch, or a node of a chain, to its execution. Can be prevented. */
    "cxpulse-chosen": CustomEvent<{ item: string; href: string }>;
  }
}
