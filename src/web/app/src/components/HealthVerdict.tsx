import type { Health } from '../api/health.ts'
import { nameOf, verdictOf } from '../lib/checks.ts'
import { healthStrings as words } from '../strings/health.ts'
import { Button } from './Button.tsx'
import { type Reading, Verdict } from './Verdict.tsx'

interface Props {
  readonly health: Health
  readonly reading: Reading
  readonly onOpen: (check: string) => void
}

/** The answer to "is everybody well?". */
export function HealthVerdict({ health, reading, onOpen }: Props) {
  const { sentence, detail, check } = verdictOf(health)
  const { web, worker } = health.processes
  return (
    <Verdict
      label={words.verdict.label}
      state={health.state}
      sentence={sentence}
      detail={detail}
      unknown={words.verdict.unknown}
      reading={reading}
      foot={(age) => (web + worker === 0 ? words.updated.noProcess : `${age} ${words.updated.processes(web, worker)}`)}
    >
      {check !== undefined && (
        <Button aria-label={words.verdict.whyOf(nameOf(check))} onClick={() => onOpen(check.id)}>
          {words.verdict.why}
        </Button>
      )}
    </Verdict>
  )
}
