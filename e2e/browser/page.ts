import * as flows from './flows.ts'

// What the test calls in the page.
Object.assign(globalThis, { flows })
