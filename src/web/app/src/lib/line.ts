const MIB = 1_048_576

/** Of an unknown line: at 0.4 Mbit/s still less than the 100 s after which proxies cut a request. */
const FIRST_BYTES = 4 * MIB

/** What the smallest limit of bodies that is usual (nginx) lets pass. */
const LEAST_BYTES = MIB

/** No more than this is in one request: with more, hardly fewer requests are made. */
const MOST_BYTES = 32 * MIB

/** How long a request should take: a tenth of what proxies allow, so that a line that becomes ten times slower still passes. */
const REQUEST_S = 10

/** How much of a file goes in one request, by what this line did before; and what it does not let pass. */
export class Line {
  #bytes = FIRST_BYTES
  #most = MOST_BYTES
  /** Something on the way refuses PATCH: it is sent as a POST that says what it stands for. */
  override = false

  /** The size of the next request. */
  get bytes(): number {
    return this.#bytes
  }

  /** A request with so many bytes was answered after so long. Of small ones most of the time is the way to and fro. */
  took(bytes: number, ms: number): void {
    if (bytes < LEAST_BYTES) return
    const rate = (bytes / Math.max(1, ms)) * 1_000
    this.#bytes = Math.round(Math.min(this.#most, Math.max(LEAST_BYTES, rate * REQUEST_S)))
  }

  /** A request was cut off: it may have taken too long. */
  cut(): void {
    this.#bytes = Math.max(LEAST_BYTES, Math.floor(this.#bytes / 2))
  }

  /** Something on the way takes no request of this size. Returns whether a smaller one may pass. */
  refused(): boolean {
    if (this.#bytes <= LEAST_BYTES) return false
    this.cut()
    this.#most = this.#bytes
    return true
  }
}
