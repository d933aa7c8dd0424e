/* The small answer by the C library libfcgi. It serves one connection at a time, so it is many processes: libfcgi SOCKET */
#include <fcgiapp.h>
#include <unistd.h>

#define PROCESSES 40

int main(int count, char **words) {
  FCGX_Init();
  int socket = FCGX_OpenSocket(words[1], 1024);
  for (int process = 1; process < PROCESSES; process++)
    if (fork() == 0) break;
  FCGX_Request request;
  FCGX_InitRequest(&request, socket, 0);
  while (FCGX_Accept_r(&request) == 0) {
    FCGX_PutS("Status: 200 OK\r\nContent-Type: text/plain\r\n\r\nHello, world!", request.out);
    FCGX_Finish_r(&request);
  }
  return count == 0;
}
