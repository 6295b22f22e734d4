/** Upper bounds of the buckets in ms, those of the server's histograms (`LAG_EDGES`). A last bucket has none. */
export const LAG_EDGES_MS = [1, 2, 5, 10, 25, 50, 75, 100, 150, 250, 500, 1_000, 2_500, 5_000, 10_000] as const

/** A histogram: the counts of the buckets, then the sum of the values in ms. */
export type Lags = readonly number[]

export const NO_LAGS: Lags = Array.from({ length: LAG_EDGES_MS.length + 2 }, () => 0)

/** Counts a lag. A negative one, as from a worker whose clock is ahead, is none. */
export function withLag(lags: Lags, ms: number): Lags {
  const lag = Math.max(0, ms)
  const found = LAG_EDGES_MS.findIndex((edge) => lag <= edge)
  const bucket = found === -1 ? LAG_EDGES_MS.length : found
  return lags.map((value, at) => value + (at === bucket ? 1 : at === lags.length - 1 ? lag : 0))
}

/** Adds two histograms. */
export function joinLags(a: Lags, b: Lags): Lags {
  return a.map((value, at) => value + (b[at] ?? 0))
}
