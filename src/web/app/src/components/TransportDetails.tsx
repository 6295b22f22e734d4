import type { Me } from '../api/types.ts'
import { formats } from '../strings/index.ts'
import { transportStrings } from '../strings/transport.ts'
import styles from './TransportDetails.module.css'

function wayOf({ buffered, state }: Me['transport']['path']): string {
  const words = transportStrings.transport
  if (buffered === null) return words.unknown
  if (state === 'probing') return words.pathProbing
  return buffered ? words.pathBuffered : words.pathClear
}

/** How statuses reach a person, and everything that was weighed for it. */
export function TransportDetails({ of }: { of: Me }) {
  const words = transportStrings.transport
  const { mode, reason, path, capacity, tuning } = of.transport
  const { milliseconds, span } = formats
  const facts = [
    [words.person, `${of.email}${of.is_admin ? ` · ${words.admin}` : ''}`, of.id],
    [words.way, words.modes[mode] ?? mode, mode],
    [words.why, words.reasons[reason] ?? reason, reason],
    [words.path, wayOf(path), path.key ?? undefined],
    [words.own, words.ownStreams(capacity.own_streams, capacity.own_streams_max)],
    [words.capacity, capacity.draining ? words.draining : capacity.full ? words.full : words.notFull],
    [words.tuning, words.tuned(span(tuning.heartbeat_s), milliseconds(tuning.coalesce_ms), span(tuning.max_age_s))],
  ] as const
  return (
    <div className={styles.details}>
      <dl className={styles.facts}>
        {facts.map(([name, value, code]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>
              {value} {code !== undefined && <code>{code}</code>}
            </dd>
          </div>
        ))}
      </dl>
      <table className={styles.flags}>
        <caption>{words.flags}</caption>
        <thead>
          <tr>
            <th scope="col">{words.flag}</th>
            <th scope="col">{words.answer}</th>
          </tr>
        </thead>
        <tbody>
          {Object.entries(of.features).map(([flag, on]) => (
            <tr key={flag}>
              <th scope="row">
                <code>{flag}</code>
              </th>
              <td data-on={on}>{on ? words.on : words.off}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
