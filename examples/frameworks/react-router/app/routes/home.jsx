import { data, Form } from 'react-router';

export function loader() {
  const headers = new Headers();
  headers.append('Set-Cookie', 'first=1');
  headers.append('Set-Cookie', 'second=2');
  return data({ hello: 'Hello from React Router' }, { headers });
}

export const headers = ({ loaderHeaders }) => loaderHeaders;

export const action = async ({ request }) => ({ name: (await request.formData()).get('name') });

export default function Home({ loaderData, actionData }) {
  return (
    <main>
      <h1>{loaderData.hello}</h1>
      <Form method="post">
        <input name="name" />
      </Form>
      <p>{actionData === undefined ? '' : `Hello, ${actionData.name}!`}</p>
    </main>
  );
}
