/** One event of a stream. */
export interface ParsedEvent {
  readonly name: string
  readonly data: string
  readonly id: string
}

/** Parses an event stream by the HTML standard: `retry` in ms if present, and the complete events. */
export class StreamParser {
  retry: number | undefined
  private rest = ''
  private name = ''
  private data: string[] = []

  /** @param id - the last id of an earlier connection. */
  constructor(private id: string) {}

  read(text: string): readonly ParsedEvent[] {
    const lines = (this.rest + text).split(/\r\n|\n|\r/)
    this.rest = lines.pop() ?? ''
    return lines.flatMap((line) => this.line(line))
  }

  private line(line: string): readonly ParsedEvent[] {
    if (line === '') return this.block()
    const colon = line.indexOf(':')
    const field = colon === -1 ? line : line.slice(0, colon)
    const value = colon === -1 ? '' : line.slice(colon + 1).replace(/^ /, '')
    if (field === 'event') this.name = value
    if (field === 'data') this.data.push(value)
    if (field === 'id' && !value.includes('\0')) this.id = value
    if (field === 'retry' && /^\d+$/.test(value)) this.retry = Number(value)
    return []
  }

  private block(): readonly ParsedEvent[] {
    const { name, data } = this
    this.name = ''
    this.data = []
    return data.length === 0 ? [] : [{ name: name || 'message', data: data.join('\n'), id: this.id }]
  }
}
