import { index, route } from '@react-router/dev/routes';

export default [index('routes/home.jsx'), route('facts', 'routes/facts.js'), route('stream', 'routes/stream.js')];
