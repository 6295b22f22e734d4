import { defineConfig } from 'vitest/config'

export default defineConfig({
  resolve: { conditions: ['@playhead/source'] },
  ssr: { resolve: { conditions: ['@playhead/source'] } },
  test: {
    include: ['packages/*/test/**/*.test.{ts,tsx}', 'app/test/**/*.test.{ts,tsx}'],
    environment: 'node',
    restoreMocks: true,
  },
})
