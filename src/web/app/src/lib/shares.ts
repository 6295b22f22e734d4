import type { Shares } from '../api/health.ts'
import { healthStrings } from '../strings/health.ts'
import { count, span } from './quantities.ts'

const words = healthStrings.shares

/** One part of a whole: its name, its size in words and its share. */
export interface Part {
  readonly key: string
  readonly name: string
  readonly size: string
  readonly share: number
}

/** More would be a wall. */
const MOST = 8

const modeOf = (mode: string) => words.modes[mode] ?? mode
const reasonOf = (reason: string) => words.reasons[reason] ?? reason

type Entry = readonly [key: string, name: string, size: number]

const ENTRIES: { readonly [Name in keyof Shares]: (one: Shares[Name][number]) => Entry } = {
  modes: ({ mode, seconds }) => [mode, modeOf(mode), seconds],
  transport: ({ mode, reason, count: n }) => [`${mode} ${reason}`, words.reasonOf(modeOf(mode), reasonOf(reason)), n],
  ended: ({ reason, count: n }) => [reason, reasonOf(reason), n],
  fallbacks: ({ reason, count: n }) => [reason, reasonOf(reason), n],
  harms: ({ harm, count: n }) => [harm, words.harms[harm] ?? harm, n],
  failures: ({ by, count: n }) => [by, words.by[by] ?? by, n],
  errors: ({ route, status, count: n }) => [`${route} ${status}`, `${route} · ${status}`, n],
}

/** Errors that are the client's: the check counts those of the server, which come first. */
const ofClients = (key: string) => Number(key.endsWith(' 4xx'))

/** The parts of one whole, the largest first; the smallest are joined. */
export function partsOf<Name extends keyof Shares>(name: Name, shares: Shares): readonly Part[] {
  const entries = (shares[name] as readonly Shares[Name][number][])
    .map(ENTRIES[name])
    .filter(([, , size]) => size > 0)
    .toSorted(([a, , sizeA], [b, , sizeB]) => ofClients(a) - ofClients(b) || sizeB - sizeA)
  const [first, rest] = [entries.slice(0, MOST), entries.slice(MOST)]
  const all = entries.reduce((sum, [, , size]) => sum + size, 0)
  if (rest.length > 0) first.push(['…', words.more(rest.length), rest.reduce((sum, [, , size]) => sum + size, 0)])
  const write = name === 'modes' ? span : count
  return first.map(([key, label, size]) => ({ key, name: label, size: write(size), share: size / all }))
}
