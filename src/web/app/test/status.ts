export { statusOf } from '@playhead/session-status/testing'
