import { formats, locale } from '../strings/index.ts'

const MOST_DECIMALS = 100
const share = new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 2 })
const decimals = new Intl.NumberFormat(locale, { maximumFractionDigits: 1 })
const twoDigits = new Intl.NumberFormat(locale, { maximumSignificantDigits: 2 })
const seconds = new Intl.NumberFormat(locale, { style: 'unit', unit: 'second', unitDisplay: 'narrow', maximumFractionDigits: 1 })
const day = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short' })
const time = new Intl.DateTimeFormat(locale, { hour: 'numeric', minute: '2-digit' })
const moment = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short', hour: 'numeric', minute: '2-digit' })

const NO_BREAK_SPACE = '\u{A0}'
const HOUR_S = 3_600
const DAY_S = 24 * HOUR_S

/** Writes a number with its unit. */
export type Quantity = (n: number) => string

/** 99.97%: cut off and not rounded, so that only all of it is 100%. The hair is for 0.29 × 100, which is 28.999…96. */
export const percent: Quantity = (of) => share.format(Math.floor(of * 100 * MOST_DECIMALS + 1e-9) / MOST_DECIMALS / 100)

/** What went wrong, rounded up: only nothing is 0%. */
export const percentOfBad: Quantity = (of) => share.format(Math.max(0, Math.ceil(of * 100 * MOST_DECIMALS - 1e-9)) / MOST_DECIMALS / 100)

/** 84 ms, 1.2 s. */
export const milliseconds: Quantity = (ms) => (ms < 999.5 ? formats.milliseconds(Math.round(ms)) : `${decimals.format(ms / 1_000)}${NO_BREAK_SPACE}s`)

/** 45 s, 3 min, 1 h 20 min; 0 s where there is nothing. */
export const span: Quantity = (s) => (s < 0.5 ? seconds.format(0).replace(/\s?s$/, `${NO_BREAK_SPACE}s`) : formats.span(s))

/** 1,204; with a decimal below ten where it is no whole number: a mean of people. */
export const count: Quantity = (n) => (n < 10 ? decimals.format(n) : formats.number(Math.round(n)))

/** 5.2×. */
export const times: Quantity = (n) => `${decimals.format(n)}×`

/** 4.6. */
export const rating: Quantity = (n) => formats.decimal(n)

/** As logarithms to the base of ten: below it the news is good however little it is, and above it nothing is more certain. */
export const EVIDENCE_ENDS = [-1, 6] as const

/** Evidence by its logarithm to the base of ten: 0.4, 12, 1,500. */
export const evidence: Quantity = (log) => {
  const [least, most] = EVIDENCE_ENDS
  const written = twoDigits.format(10 ** Math.max(least, Math.min(most, log)))
  return log < least ? `<${written}` : log > most ? `>${written}` : written
}

/** Nov 23, 4:20 PM. */
export const dayAndTime = (iso: string): string => moment.format(Date.parse(iso))

/** How the start of a step is written: the day as well where one does not tell. */
export function momentOf(at: number, stepS: number, steps: number): string {
  return (stepS * steps > DAY_S ? moment : time).format(at * 1_000)
}

/** How the axis of time writes a tick: days where they are long, times else. */
export function tickOf(at: number, spanS: number): string {
  return (spanS > 2 * DAY_S ? day : time).format(at * 1_000)
}
