// Follows a job with the built `@playhead/live`, whose requests have a Bearer token: `node bearer_client.mjs LIVE BASE JOB USER`.
// Each request has a token of its own. Prints each stage and each change of the phase, and what was requested at the end.
const [package_, base, job, user] = process.argv.slice(2)
const { createLiveClient } = await import(`${package_}/dist/index.js`)
const print = (...words) => process.stdout.write(`${words.join(' ')}\n`)

let tokens = 0
const paths = []
/** The platform as Node has it; the package's own is a browser's. */
const env = {
  fetch(url, init) {
    paths.push(new URL(url).pathname)
    return fetch(url, init)
  },
  now: () => performance.now(),
  date: () => Date.now(),
  after(ms, run) {
    const id = setTimeout(run, ms)
    return () => clearTimeout(id)
  },
  nextFrame(run) {
    const id = setImmediate(run)
    return () => clearImmediate(id)
  },
  random: () => Math.random(),
  presence: () => 'shown',
  isOnline: () => true,
  onChange: () => () => {},
  protocol: () => undefined,
  memory: () => 0,
}
const client = createLiveClient({
  env,
  headers: async () => ({ Authorization: `Bearer ${user} ${(tokens += 1)}` }),
  jobUrl: (id) => `${base}/jobs/${id}`,
  listStreamUrl: `${base}/status/stream`,
  probeUrl: `${base}/stream/probe`,
})
let last
const stop = client.subscribe(job, {}, () => {
  const { connection, job: document } = client.getSnapshot(job)
  const { phase, mode, reason } = connection
  const now = [phase, mode, reason, document?.stage].filter(Boolean).join(' ')
  if (now !== last) print(now)
  last = now
  if (phase !== 'done' && phase !== 'failed') return
  print('requested', paths.join(' '))
  stop()
})
