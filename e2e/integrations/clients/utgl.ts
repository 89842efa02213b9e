import { createUtgl } from '@countersign/utgl'

const {
  UTGL_ACCESS_KEY = '',
  UTGL_PRIVATE_KEY = '',
  UTGL_BASE_URL = 'https://access.utgl.io/v1',
} = process.env

export const baseUrl = UTGL_BASE_URL

export const utgl = createUtgl({
  accessKey: UTGL_ACCESS_KEY,
  privateKey: UTGL_PRIVATE_KEY,
  baseUrl,
})
