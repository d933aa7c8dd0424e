export { findApp, recognise, take, type Found, type Interface } from './recognise.ts';
