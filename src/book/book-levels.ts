export * from '../model/book-levels.ts'
