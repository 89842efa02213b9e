import { installGuards } from '@countersign/fixtures'

installGuards()
