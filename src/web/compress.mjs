// Puts a `.br` and a `.gz` beside each file of the built page that gets smaller by it; the web process sends those.
// Browsers take Brotli over HTTPS only, and gzip everywhere.
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'

/** Below it little is saved: a file and its headers fit one packet or two either way. */
const SMALLEST_BYTES = 1024
const TEXT = /\.(?:css|html|js|json|svg)$/
const page = `${import.meta.dirname}/../playhead/page`

/** The strongest there is: it is done once, and takes seconds. */
const encodings = {
  '.br': (bytes) => promisify(brotliCompress)(bytes, { params: { [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } }),
  '.gz': (bytes) => promisify(gzip)(bytes, { level: constants.Z_BEST_COMPRESSION }),
}

async function compress(file) {
  const bytes = await readFile(file)
  if (bytes.length <= SMALLEST_BYTES) return
  await Promise.all(
    Object.entries(encodings).map(async ([suffix, encode]) => {
      const encoded = await encode(bytes)
      if (encoded.length < bytes.length) await writeFile(file + suffix, encoded)
    }),
  )
}

const names = await readdir(page, { recursive: true })
await Promise.all(names.filter((name) => TEXT.test(name)).map((name) => compress(`${page}/${name}`)))
