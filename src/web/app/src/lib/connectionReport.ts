import type { Culprit, Finding } from '../api/doctor.ts'
import { connectionTestStrings as words } from '../strings/connectionTest.ts'
import { checksOf } from './connectionChecks.ts'
import type { Tested } from './connectionTest.ts'

const { line, levels } = words.report

/** The whole result as text, for whoever can change what is wrong. */
export function reportOf({ measured, verdict, at }: Tested): string {
  const checks = checksOf({ measured, reading: [] }, verdict.findings)
  return [
    words.report.title(measured.url, new Date(at).toISOString()),
    line(words.report.browser, navigator.userAgent),
    '',
    verdict.sentence,
    '',
    ...checks.map(({ id, value }) => line(words.checks.names[id], value ?? words.checks.none)),
    ...verdict.findings.flatMap(findingLines),
    ...(verdict.untested.length > 0 ? ['', line(words.untested, verdict.untested.join(' ')), words.commandLine(measured.url)] : []),
  ].join('\n')
}

function findingLines({ level, sentence, culprits }: Finding): readonly string[] {
  return ['', line(levels[level], sentence), ...culprits.flatMap(culpritLines)]
}

function culpritLines({ name, recognised, change, where, apart, source }: Culprit, index: number): readonly string[] {
  const { findings } = words
  const facts = [
    [findings.change, change],
    [findings.where, where],
    [findings.apart, apart],
    [findings.source, findings.sources[source.kind](source.of)],
  ] as const
  const head = recognised === '' ? name : `${name}, ${findings.recognised(recognised)}`
  return [`${index + 1}. ${head}`, ...facts.filter(([, value]) => value !== '').map(([fact, value]) => `   ${line(fact, value)}`)]
}
