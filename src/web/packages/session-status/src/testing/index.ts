export * from './deprecated.ts'
export { completed, segment, segmentsEvent, statusOf } from './examples.ts'
export { World } from './world.ts'
