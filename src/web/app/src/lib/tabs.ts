/** How long other tabs are given to say what they send. */
const ANSWER_MS = 300

/** What tabs tell each other: that one sends an upload, since when, or that somebody wants to know. */
type News = { readonly sends: string; readonly since: number } | { readonly asks: true }

interface Own {
  /** Since when this tab sends each upload, by the ids of their sessions. */
  readonly sent: () => ReadonlyMap<string, number>
  /** Another tab has begun to send one after this one had. */
  readonly onTaken: (id: string) => void
}

/** The other tabs of this browser with the same uploads: of two, the one sends that began last. */
export class Tabs {
  // Not in every browser that the page works in.
  readonly #channel = typeof BroadcastChannel === 'undefined' ? undefined : new BroadcastChannel('playhead-uploads')
  readonly #theirs = new Set<string>()
  readonly #own: Own

  constructor(own: Own) {
    this.#own = own
    this.#channel?.addEventListener('message', ({ data }: MessageEvent<News>) => this.#hear(data))
  }

  /** Tells the others that this tab sends an upload from now on. Returns when that was. */
  claim(id: string): number {
    // Of two in the same millisecond one is later.
    const since = Date.now() + Math.random()
    this.#post({ sends: id, since })
    return since
  }

  /** The uploads that other tabs send. */
  async others(): Promise<ReadonlySet<string>> {
    this.#post({ asks: true })
    await new Promise((resolve) => setTimeout(resolve, ANSWER_MS))
    return this.#theirs
  }

  close(): void {
    this.#channel?.close()
  }

  #hear(news: News): void {
    if ('asks' in news) {
      for (const [id, since] of this.#own.sent()) this.#post({ sends: id, since })
      return
    }
    this.#theirs.add(news.sends)
    const since = this.#own.sent().get(news.sends)
    if (since !== undefined && news.since > since) this.#own.onTaken(news.sends)
  }

  #post(news: News): void {
    this.#channel?.postMessage(news)
  }
}
