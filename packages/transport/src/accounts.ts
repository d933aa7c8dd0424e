export { groupId, userAccount, type UserAccount } from './listen/accounts.ts';
