/** Settles when the elements are defined. */
export declare const ready: Promise<unknown>;

export type Token = string | { token: string };

/** `<cxpulse-execution>`: properties mirror the attributes of the same name. */
export interface CxpulseExecutionElement extends HTMLElement {
  src: string | null;
  token: string | null;
  tokenSrc: string | null;
  label: string | null;
  theme: string | null;
  tokenProvider: (() => Token | Promise<Token>) | undefined;
  /** The latest snapshot, as the API answers it. */
  readonly snapshot: Readonly<Record<string, unknown>> | null;
}

declare global {
  interface HTMLElementTagNameMap {
    "cxpulse-execution": CxpulseExecutionElement;
  }
  interface HTMLElementEventMap {
    "cxpulse-changed": CustomEvent<Readonly<Record<string, unknown>>>;
    "cxpulse-progressed": CustomEvent<Readonly<Record<string, unknown>>>;
    "cxpulse-ended": CustomEvent<Readonly<Record<string, unknown>>>;
    "cxpulse-failed": CustomEvent<{ reason: string }>;
    "cxpulse-connected": CustomEvent<{ mode: "socket" | "stream" | "poll" }>;
    "cxpulse-disconnected": CustomEvent<{ retry_at: string }>;
  }
}
