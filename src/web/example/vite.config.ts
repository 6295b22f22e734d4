import react from '@vitejs/plugin-react'
import { defaultClientConditions, defineConfig } from 'vite'

export default defineConfig({
  plugins: [react()],
  // The example apps serve it there.
  base: '/page/',
  resolve: { conditions: ['@playhead/source', ...defaultClientConditions] },
})
