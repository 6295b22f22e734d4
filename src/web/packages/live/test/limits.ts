/**
 * What each entry may weigh, minified and gzipped, in KB; the hooks and `fetch` without the core. A higher limit needs a
 * reason: decision 0006 lists what each part weighs and what it mends.
 */
export const LIMITS_KB = {
  // A tenth of a KB more since streams may go by a ticket to another origin.
  'index.ts': 11.1,
  'react/index.ts': 1.25,
  // Loaded only by those who give `headers`.
  'fetch.ts': 1,
  // Loaded only where a server asks for tickets; with `fetch`.
  'ticket.ts': 1.25,
  // Loaded only by those who give a `telemetryUrl`, once something has come.
  'telemetry/reporter.ts': 4.5,
  'parser.ts': 0.5,
  'check.ts': 0.5,
} as const
