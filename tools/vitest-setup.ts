import { installGuards } from '@countersign/testing'

installGuards()
