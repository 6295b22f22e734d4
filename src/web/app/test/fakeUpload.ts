import { act, waitFor } from '@testing-library/react'
import { expect } from 'vitest'

/** Every upload that was begun; the test says what becomes of it. */
export const sent: FakeUpload[] = []

/** Stands for an `XMLHttpRequest`, as far as an upload asks for it. */
export class FakeUpload extends EventTarget {
  readonly upload = new EventTarget()
  status = 0
  responseText = ''
  retryAfter: string | null = null
  readonly getResponseHeader = () => this.retryAfter
  form: FormData | undefined
  readonly open = () => {}
  readonly setRequestHeader = () => {}
  readonly abort = () => this.dispatchEvent(new Event('abort'))

  get filename(): string | undefined {
    const value = this.form?.get('file')
    return value instanceof File ? value.name : undefined
  }

  send(form: FormData) {
    this.form = form
    sent.push(this)
  }

  progress(loaded: number, total: number) {
    return act(async () => void this.upload.dispatchEvent(new ProgressEvent('progress', { loaded, total })))
  }

  /** The connection fails: the browser says nothing more. */
  fail() {
    return act(async () => void this.dispatchEvent(new Event('error')))
  }

  answer(status: number, body: unknown) {
    this.status = status
    this.responseText = typeof body === 'string' ? body : JSON.stringify(body)
    return act(async () => void this.dispatchEvent(new Event('load')))
  }
}

/** The nth one that was begun, once it was. */
export async function upload(n: number): Promise<FakeUpload> {
  await waitFor(() => expect(sent).toHaveLength(n))
  return sent.at(-1) ?? new FakeUpload()
}
