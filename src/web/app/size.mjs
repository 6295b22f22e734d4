// Holds the page to what may go over the wire before anything is seen: index.html, and the scripts and style sheets that
// it names, as the web process sends them. What it has read after them does not count.
import { existsSync, readFileSync, statSync } from 'node:fs'

/** On a slow phone's 3G (about 400 kbit/s of it for us), two seconds and a bit. Raise it only for a reason. */
const MOST_BYTES = 110_000

const page = new URL('../../playhead/page/', import.meta.url)
const html = readFileSync(new URL('index.html', page), 'utf8')
const first = html.replaceAll(/<link [^>]*fetchpriority="low"[^>]*>/g, '')
const entry = [...first.matchAll(/(?:src|href)="\/(assets\/[^"]+\.(?:js|css))"/g)].map(([, path]) => path)
const scripts = entry.filter((path) => path.endsWith('.js'))
if (scripts.length === 0) throw new Error('index.html names no script')

/** What is sent to a browser that takes this encoding: the file itself where there is no smaller one beside it. */
function sent(path, suffix) {
  const encoded = new URL(path + suffix, page)
  return statSync(existsSync(encoded) ? encoded : new URL(path, page)).size
}

function total(suffix) {
  return ['index.html', ...entry].reduce((sum, path) => sum + sent(path, suffix), 0)
}

for (const path of scripts) {
  if (!existsSync(new URL(`${path}.gz`, page))) throw new Error(`${path} was not compressed`)
}
const [brotli, gzip] = [total('.br'), total('.gz')]
// Over plain HTTP browsers do not take Brotli.
const words = `entry: ${(gzip / 1000).toFixed(1)} of ${MOST_BYTES / 1000} kB gzip, ${(brotli / 1000).toFixed(1)} kB Brotli`
if (gzip > MOST_BYTES) {
  process.stderr.write(`${words}. Fetch what few people need at first when it is asked for.\n`)
  process.exitCode = 1
} else {
  process.stdout.write(`${words}\n`)
}
