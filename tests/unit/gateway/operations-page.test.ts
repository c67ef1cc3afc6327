import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { errorsByStatus } from '../../../src/gateway/http-errors.ts';

const root = new URL('../../../', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, root), 'utf8');
const page = read('docs/operations.md');
const all = (pattern: RegExp, text = page) => [...text.matchAll(pattern)].map(([, found]) => found ?? '');

it('explains errors that callers get', () => {
  const [, section = ''] = page.split('## What to do when');
  const told = all(/^\| (`.*?) \|/gm, section).flatMap((cell) => all(/`([a-z_]+)`/g, cell));
  const codes = new Set([...errorsByStatus().values()].flat().map(({ code }) => code));
  expect(told.length).toBeGreaterThan(7);
  expect(told.filter((code) => !codes.has(code))).toEqual([]);
});

function sourceOf(folder: string): string {
  return readdirSync(new URL(folder, root))
    .map((name) => read(`${folder}/${name}`))
    .join('');
}

it('names metrics and routes of the administration that there are', () => {
  const source = sourceOf('src/gateway/telemetry');
  const routes = all(/`((?:GET|POST|PUT) \/admin\/[a-z:/]+)`/g).map((route) => route.replace(' ', "', '"));
  const admin = sourceOf('src/gateway/admin');
  expect(routes.length).toBeGreaterThan(4);
  expect(routes.filter((route) => !admin.includes(`'${route}'`))).toEqual([]);
  const told = all(/`(gateway_[a-z_]+|vllm:[a-z_]+)`/g);
  expect(told.length).toBeGreaterThan(5);
  expect(told.filter((name) => !source.includes(`'${name}'`))).toEqual([]);
});

it('leads to pages that there are', () => {
  const links = all(/\]\(([^)#]+)\)/g);
  expect(links.length).toBeGreaterThan(8);
  expect(links.filter((link) => !existsSync(new URL(`docs/${link}`, root)))).toEqual([]);
});
