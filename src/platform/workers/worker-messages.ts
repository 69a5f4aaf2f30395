/** What crosses between a pool and its threads. Both ways it is copied, so it holds data only. */
export interface WorkerMessage {
  readonly payload: unknown;
}

export type WorkerReply =
  { readonly ok: true; readonly result: unknown } | { readonly ok: false; readonly reason: string };

/** What a module that runs in a worker exports. */
export interface WorkerModule {
  readonly run: (payload: unknown) => unknown;
}
