// Holds the page to what it may weigh before anything is seen: the scripts and style sheets that index.html names.
import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'

/** On a slow phone's 3G (about 400 kbit/s of it for us), two seconds and a bit. Raise it only for a reason. */
const MOST_BYTES = 110_000

const page = new URL('../../playhead/page/', import.meta.url)
const html = readFileSync(new URL('index.html', page), 'utf8')
const entry = [...html.matchAll(/(?:src|href)="\/(assets\/[^"]+\.(?:js|css))"/g)].map(([, path]) => path)
if (!entry.some((path) => path.endsWith('.js'))) throw new Error('index.html names no script')

const bytes = entry.reduce((sum, path) => sum + gzipSync(readFileSync(new URL(path, page)), { level: 9 }).length, 0)
const words = `entry: ${(bytes / 1000).toFixed(1)} of ${MOST_BYTES / 1000} kB gzip`
if (bytes > MOST_BYTES) {
  process.stderr.write(`${words}. Fetch what few people need at first when it is asked for.\n`)
  process.exitCode = 1
} else {
  process.stdout.write(`${words}\n`)
}
