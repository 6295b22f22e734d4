import { useId } from 'react'
import type { Culprit, Finding } from '../api/doctor.ts'
import { connectionTestStrings } from '../strings/connectionTest.ts'
import { CodeText } from './CodeText.tsx'
import styles from './ConnectionFindings.module.css'
import { StateMark } from './StateMark.tsx'

const words = connectionTestStrings.findings
/** The rest is below them: most sites have one proxy, and the likeliest come first. */
const AT_FIRST = 3

interface Props {
  readonly findings: readonly Finding[]
  /** Whether what to change is shown, and where. */
  readonly withCulprits: boolean
}

/** What was found, and for those who can change it, how. */
export function ConnectionFindings({ findings, withCulprits }: Props) {
  const id = useId()
  if (findings.length === 0) return null
  return (
    <section className={styles.section} aria-labelledby={id}>
      <h2 id={id}>{withCulprits ? words.title : words.found}</h2>
      <ul className={styles.findings}>
        {findings.map((finding) => (
          <li key={finding.id} className={styles.finding}>
            <p className={styles.sentence}>
              <StateMark state={finding.level === 'wrong' ? 'bad' : 'warn'} /> <CodeText>{finding.sentence}</CodeText>
            </p>
            {withCulprits && <Culprits all={finding.culprits} />}
          </li>
        ))}
      </ul>
    </section>
  )
}

function Culprits({ all }: { all: readonly Culprit[] }) {
  const rest = all.slice(AT_FIRST)
  return (
    <>
      <List of={all.slice(0, AT_FIRST)} start={1} />
      {rest.length > 0 && (
        <details className={styles.rest}>
          <summary>{words.more(rest.length)}</summary>
          <List of={rest} start={AT_FIRST + 1} />
        </details>
      )}
    </>
  )
}

function List({ of, start }: { of: readonly Culprit[]; start: number }) {
  return (
    <ol className={styles.culprits} start={start}>
      {of.map(({ id, name, recognised, change, where, apart, source }) => (
        <li key={id}>
          <p>
            <strong>{name}</strong>
            {recognised !== '' && <>, {words.recognised(recognised)}</>}
          </p>
          <dl>
            <Fact name={words.change} value={change} />
            <Fact name={words.where} value={where} />
            <Fact name={words.apart} value={apart} />
            <Fact name={words.source} value={words.sources[source.kind](source.of)} />
          </dl>
        </li>
      ))}
    </ol>
  )
}

function Fact({ name, value }: { name: string; value: string }) {
  if (value === '') return null
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        <CodeText>{value}</CodeText>
      </dd>
    </div>
  )
}
