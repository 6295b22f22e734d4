import { defineConfig } from 'vitest/config'

export default defineConfig({
  resolve: { conditions: ['@playhead/source'] },
  ssr: { resolve: { conditions: ['@playhead/source'] } },
  test: {
    include: ['packages/*/test/**/*.test.{ts,tsx}', 'app/test/**/*.test.{ts,tsx}'],
    environment: 'node',
    restoreMocks: true,
    coverage: {
      provider: 'v8',
      // The package is used by others; the page is looked at from outside, by a browser.
      include: ['packages/session-status/src/**'],
      reporter: ['text'],
      thresholds: { statements: 95, branches: 95, functions: 95, lines: 95 },
    },
  },
})
