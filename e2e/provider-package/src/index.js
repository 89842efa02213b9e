export { createBilling } from './billing.js'
