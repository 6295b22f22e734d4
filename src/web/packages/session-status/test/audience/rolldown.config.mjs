import { fileURLToPath } from 'node:url'

/** Bundles the audience with the packages as they are in `src`, and not as they were built. */
export default {
  input: fileURLToPath(new URL('main.ts', import.meta.url)),
  platform: 'node',
  resolve: { conditionNames: ['@playhead/source'] },
  output: { codeSplitting: false },
}
