import { createRouter, createWebHistory } from 'vue-router';
import type { Role } from '@/api/types';
import { useSession } from '@/stores/session';

declare module 'vue-router' {
  interface RouteMeta {
    /** Roles that may open the page; absent means everybody. */
    roles?: Role[];
    title?: string;
    open?: boolean;
  }
}

const everyone: Role[] = ['agent', 'supervisor', 'admin', 'officer'];

export const router = createRouter({
  history: createWebHistory(),
  routes: [
    { path: '/login', component: () => import('@/pages/LoginPage.vue'), meta: { open: true } },
    {
      path: '/',
      component: () => import('@/pages/ConsoleShell.vue'),
      children: [
        {
          path: '',
          component: () => import('@/pages/DeskPage.vue'),
          meta: { roles: ['agent'], title: 'nav.workspace' },
        },
        {
          path: 'calls/:id?',
          component: () => import('@/pages/CallsPage.vue'),
          meta: { roles: ['agent', 'supervisor', 'admin'], title: 'nav.calls' },
        },
        {
          path: 'call-backs',
          component: () => import('@/pages/CallBacksPage.vue'),
          meta: { roles: ['agent', 'supervisor', 'admin'], title: 'nav.callBacks' },
        },
        {
          path: 'tickets/:number?',
          component: () => import('@/pages/TicketsPage.vue'),
          meta: { roles: everyone, title: 'nav.tickets' },
        },
        {
          path: 'floor',
          component: () => import('@/pages/FloorPage.vue'),
          meta: { roles: ['supervisor', 'admin'], title: 'nav.floor' },
        },
        {
          path: 'who-answers/:number?',
          component: () => import('@/pages/WhoAnswersPage.vue'),
          meta: { roles: ['supervisor', 'admin'], title: 'nav.who' },
        },
        {
          path: 'audit',
          component: () => import('@/pages/AuditPage.vue'),
          meta: { roles: ['admin'], title: 'nav.audit' },
        },
        { path: ':rest(.*)*', component: () => import('@/pages/NotFoundPage.vue') },
      ],
    },
  ],
});

router.beforeEach(async (to) => {
  const session = useSession();
  await session.resume();
  if (to.meta.open) return session.user ? session.home : true;
  if (!session.user) {
    return { path: '/login', query: to.fullPath === '/' ? {} : { to: to.fullPath } };
  }
  const roles = to.meta.roles;
  if (roles && !roles.includes(session.user.role)) return session.home;
  return true;
});
