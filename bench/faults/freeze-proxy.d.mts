/** A TCP proxy on loopback that can freeze, thaw, drop and slow down what passes. */
export declare class FreezeProxy implements AsyncDisposable {
  /** Port on loopback to which connections go. */
  constructor(targetPort: number)
  /** Connections that pass through now. */
  get connections(): number
  /** @returns the port it listens on */
  listen(port?: number): Promise<number>
  /** From now on no byte passes, either way; new connections are accepted and wait. */
  freeze(): void
  thaw(): void
  /** Resets every connection on both sides. */
  drop(): void
  /** At most so many kilobytes a second, each way and connection; 0 for no limit. */
  limit(kBPerSecond: number): void
  [Symbol.asyncDispose](): Promise<void>
}
