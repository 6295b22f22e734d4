/** One event of a stream. */
export interface ParsedEvent {
  readonly name: string
  readonly data: string
  /** The last id that the stream sent, with this event or before. */
  readonly lastEventId: string
}

/** Parses an event stream by the HTML standard, from pieces that may be cut anywhere. */
export class StreamParser {
  /** The wait before a reconnect in ms, if the stream sent one. */
  retry: number | undefined
  /** The id to reconnect with; that of an incomplete block does not count. */
  lastEventId: string
  private id: string
  private name = ''
  private data: string[] = []
  /** The start of a line whose end has not come. */
  private rest = ''
  private isStart = true
  /** Whether the last piece ended with a CR, so that a LF at the start of the next is of the same line end. */
  private afterCr = false

  /** @param lastEventId - the last id of an earlier connection. */
  constructor(lastEventId = '') {
    this.lastEventId = lastEventId
    this.id = lastEventId
  }

  /** Reads the next piece of the decoded text, and returns the events that it completes. */
  read(piece: string): readonly ParsedEvent[] {
    if (piece === '') return []
    let text = piece
    if (this.isStart && text.startsWith('\uFEFF')) text = text.slice(1)
    if (this.afterCr && text.startsWith('\n')) text = text.slice(1)
    this.isStart = false
    this.afterCr = piece.endsWith('\r')
    const lines = text.split(/\r\n|\n|\r/)
    lines[0] = this.rest + lines[0]
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
    const { name, data, id } = this
    this.lastEventId = id
    this.name = ''
    this.data = []
    return data.length === 0 ? [] : [{ name: name || 'message', data: data.join('\n'), lastEventId: id }]
  }
}
