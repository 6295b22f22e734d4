import { isFinal } from '@playhead/live'
import type { SessionStatus } from '@playhead/session-status'
import type { FollowedConnection } from '@playhead/live/react'
import { type FormEvent, type RefObject, useEffect, useId, useLayoutEffect, useRef, useState } from 'react'
import { useAnswer, useMayAsk, useNoteShown } from '../api/feedback.ts'
import { ApiError, sentenceOf } from '../api/http.ts'
import { sight } from '../lib/sight.ts'
import { PLAYER, useKeptFocus } from '../lib/useKeptFocus.ts'
import { useMostUsed } from '../lib/useMostUsed.ts'
import { feedbackStrings as words } from '../strings/feedback.ts'
import { Alert } from './Alert.tsx'
import { Button } from './Button.tsx'
import styles from './FeedbackQuestion.module.css'

/** Who looked at it for less has nothing to say about it. */
const WATCHED_MS = 5_000

/** As many letters as the server takes. */
const COMMENT_LENGTH = 2_000

interface Props {
  readonly status: SessionStatus
  readonly followed: FollowedConnection
}

/** Asks who watched a session until its end whether the page kept them up to date, if they were not asked lately. */
export function FeedbackQuestion({ status, followed }: Props) {
  const ended = isFinal(status)
  const mostUsed = useMostUsed(followed.connection.mode, !ended)
  const [watched, setWatched] = useState<string>()
  useEffect(() => {
    // The person who canceled it has ended it themselves.
    if (!ended || status.state === 'canceled') return
    const { mode, totalMs } = mostUsed()
    if (totalMs >= WATCHED_MS) setWatched(mode)
    // Of the moment in which it ends.
    // oxlint-disable-next-line react-hooks/exhaustive-deps
  }, [ended])
  const mayAsk = useMayAsk(watched !== undefined)
  const [isClosed, setClosed] = useState(false)
  const [thanks, setThanks] = useState<string>()
  const kept = useKeptFocus<HTMLDivElement>(PLAYER, () => document.querySelector<HTMLElement>(PLAYER) ?? undefined)
  const isOpen = thanks !== undefined || (mayAsk && !isClosed)
  useInSightFromTheEnd(kept.ref, isOpen)
  return (
    <div {...kept}>
      <div role="status">{thanks !== undefined && <p className={styles.thanks}>{thanks}</p>}</div>
      {thanks === undefined && isOpen && <Question mode={watched ?? 'none'} onClose={() => setClosed(true)} onDone={setThanks} />}
    </div>
  )
}

interface QuestionProps {
  readonly mode: string
  readonly onClose: () => void
  readonly onDone: (thanks: string) => void
}

function Question({ mode, onClose, onDone }: QuestionProps) {
  const id = useId()
  const form = useRef<HTMLFormElement>(null)
  const [rating, setRating] = useState<number>()
  const answer = useAnswer()
  useOnceSeen(form, useNoteShown(mode))

  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault()
    if (rating === undefined || answer.isPending) return
    const comment = String(new FormData(event.currentTarget).get('comment') ?? '')
    answer.mutate(
      { rating, comment, mode },
      {
        onSuccess: () => onDone(words.thanks),
        onError: (error) => {
          // In another tab.
          if (error instanceof ApiError && error.code === 'already_answered') onDone(error.message)
        },
      },
    )
  }

  return (
    // It keeps the keys of the player, which are heard around it: they are letters and choices here.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
    <form ref={form} className={styles.question} onSubmit={submit} onKeyDown={(event) => event.stopPropagation()}>
      <div className={styles.line}>
        <fieldset className={styles.fieldset}>
          <legend className={styles.legend}>{words.question}</legend>
          <div className={styles.ratings}>
            {words.ratings.map((name, index) => (
              <label key={name} className={styles.rating}>
                <input type="radio" name="rating" value={index + 1} checked={rating === index + 1} onChange={() => setRating(index + 1)} />
                {name}
              </label>
            ))}
          </div>
        </fieldset>
        <button type="button" className={styles.notNow} onClick={onClose}>
          {words.notNow}
        </button>
      </div>
      {rating !== undefined && (
        <div className={styles.more}>
          <label htmlFor={`${id}-comment`}>{words.comment}</label>
          <textarea id={`${id}-comment`} name="comment" rows={2} maxLength={COMMENT_LENGTH} className={styles.comment} />
          {answer.isError && <Alert>{sentenceOf(answer.error)}</Alert>}
          <Button type="submit" look="primary" busy={answer.isPending}>
            {words.send}
          </Button>
        </div>
      )}
    </form>
  )
}

/** Calls `seen` once the element is in the window, on a page that is shown. */
function useOnceSeen(ref: RefObject<Element | null>, seen: () => void) {
  useEffect(() => {
    if (ref.current === null) return
    const observer = new IntersectionObserver((entries) => {
      if (!entries.some(({ isIntersecting }) => isIntersecting)) return
      observer.disconnect()
      seen()
    })
    observer.observe(ref.current)
    return () => observer.disconnect()
  }, [ref, seen])
}

/** Brings what comes at the end of the words into sight, as a new line is, where the end was in sight; else nothing moves. */
function useInSightFromTheEnd(ref: RefObject<Element | null>, isOpen: boolean) {
  const wasInSight = useRef(false)
  useLayoutEffect(() => {
    const end = ref.current?.getBoundingClientRect()
    if (!isOpen) wasInSight.current = end !== undefined && end.top <= sight().bottom + 1
    else if (wasInSight.current) ref.current?.scrollIntoView({ block: 'nearest' })
  })
}
