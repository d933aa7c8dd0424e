/*
 * The CGI program of tsgi build-cgi --resident: passes its request on to a process that stays, over FastCGI and a UNIX socket, and
 * starts that process where there is none. The application's bundle lies behind this program in the same file.
 *
 * Its folder, .NAME.tsgi beside it or else in /tmp, belongs to its user alone and holds the socket, the lock and the log. The
 * socket's name says which file of the application and which Node it is of: another one of either is another process, and the
 * socket of the one before is removed, which that process takes as a sign to end.
 *
 * NODE, a string, is the path of Node; BOOT what it evaluates.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

#define LOG_BYTES 1048576
#define DRAIN_BYTES 67108864
#define DRAIN_SECONDS 2
#define RECORD 65528 /* a multiple of 8: no padding */

enum { BEGIN_REQUEST = 1, END_REQUEST = 3, PARAMS = 4, STDIN = 5, STDOUT = 6, STDERR = 7 };
enum { REQUEST_COMPLETE = 0, OVERLOADED = 2 };

static char self[PATH_MAX], home[PATH_MAX], beside[PATH_MAX], elsewhere[PATH_MAX], name[32];

/* One line for the log, one page for the reader: neither knows what is for the other. */
static void refuse(const char *status, const char *format, ...) {
  va_list rest;
  char page[512];
  fprintf(stderr, "tsgi: %s: ", self);
  va_start(rest, format);
  vfprintf(stderr, format, rest);
  va_end(rest);
  fputc('\n', stderr);
  int length = snprintf(page, sizeof page,
                        "Status: %s\r\nContent-Type: text/plain; charset=utf-8\r\nCache-Control: no-store\r\n\r\n"
                        "%s\nThe application cannot be reached: the reason is in the log of the web server.\n",
                        status, status);
  while (write(1, page, (size_t)length) < 0 && (errno == EINTR || errno == EAGAIN)) {
    struct pollfd out = {.fd = 1, .events = POLLOUT};
    poll(&out, 1, 1000);
  }
  exit(0);
}

/* ---- where the process is --------------------------------------------------------------------------------------------- */

#define START UINT64_C(14695981039346656037)

static uint64_t mixed(uint64_t hash, const void *bytes, size_t length) {
  const unsigned char *byte = bytes;
  for (size_t at = 0; at < length; at++) hash = (hash ^ byte[at]) * UINT64_C(1099511628211); /* FNV-1a */
  return hash;
}

static uint64_t of_file(uint64_t hash, const struct stat *of) {
  uint64_t facts[] = {(uint64_t)of->st_dev, (uint64_t)of->st_ino, (uint64_t)of->st_size, (uint64_t)of->st_mtim.tv_sec,
                      (uint64_t)of->st_mtim.tv_nsec};
  return mixed(hash, facts, sizeof facts);
}

static void locate(const char *called) {
  struct stat file, node;
  ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
  if (length > 0) self[length] = 0;
  else if (realpath(called, self) == NULL) snprintf(self, sizeof self, "%s", called);
  /* Another file may have taken its name since it was started. */
  static const char gone[] = " (deleted)";
  if (length > (ssize_t)sizeof gone && strcmp(self + length - (sizeof gone - 1), gone) == 0) self[length - (sizeof gone - 1)] = 0;
  if (stat(self, &file) != 0) refuse("500 Internal Server Error", "cannot find itself: %s", strerror(errno));
  snprintf(home, sizeof home, "%s", self);
  char *slash = strrchr(home, '/');
  if (slash == NULL) refuse("500 Internal Server Error", "cannot tell in which folder it is");
  slash[slash == home ? 1 : 0] = 0;
  int most = snprintf(beside, sizeof beside, "%s/.%s.tsgi", slash == home ? "" : home, strrchr(self, '/') + 1);
  if (most < 0 || (size_t)most >= sizeof beside) refuse("500 Internal Server Error", "its path is too long");
  snprintf(elsewhere, sizeof elsewhere, "/tmp/tsgi-%lu-%016llx", (unsigned long)geteuid(),
           (unsigned long long)mixed(START, self, strlen(self)));
  uint64_t hash = of_file(START, &file);
  if (stat(NODE, &node) == 0) hash = of_file(hash, &node);
  snprintf(name, sizeof name, "%016llx.sock", (unsigned long long)hash);
}

/* Goes into a folder that is its user's alone; the socket's path is short then, however long that of the folder is. */
static int enter(const char *folder) {
  struct stat here;
  int opened = open(folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC); /* in /tmp a link may be anybody's */
  if (opened < 0) return -1;
  int is = fstat(opened, &here) == 0 && here.st_uid == geteuid() && (here.st_mode & 077) == 0;
  if (!is) errno = EPERM;
  if (is && fchdir(opened) != 0) is = 0;
  int why = errno;
  close(opened);
  errno = why;
  return is ? 0 : -1;
}

/* What is in it is no business of who asks the web server. */
static void deny(void) {
  static const char text[] = "Require all denied\n";
  int file = open(".htaccess", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  if (file < 0) return;
  if (write(file, text, sizeof text - 1) < 0) unlink(".htaccess");
  close(file);
}

static int make(const char *folder) {
  if (mkdir(folder, 0700) != 0 && errno != EEXIST) return -1;
  if (enter(folder) != 0) return -1;
  if (access(".", W_OK) != 0) return -1;
  deny();
  return 0;
}

static int dial(void) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  snprintf(address.sun_path, sizeof address.sun_path, "%s", name);
  int sock = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (sock < 0) refuse("500 Internal Server Error", "cannot make a socket: %s", strerror(errno));
  while (connect(sock, (struct sockaddr *)&address, sizeof address) != 0) {
    if (errno == EINTR) continue;
    int why = errno;
    close(sock);
    errno = why;
    return -1;
  }
  return sock;
}

/* ---- starting it ------------------------------------------------------------------------------------------------------ */

static int listening(void) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  snprintf(address.sun_path, sizeof address.sun_path, "%s", name);
  DIR *folder = opendir(".");
  if (folder != NULL) {
    struct dirent *entry;
    while ((entry = readdir(folder)) != NULL) {
      size_t length = strlen(entry->d_name);
      /* Stale, or of another file or Node: whose process sees that it is gone, and ends. */
      if (length > 5 && strcmp(entry->d_name + length - 5, ".sock") == 0) unlink(entry->d_name);
    }
    closedir(folder);
  }
  mode_t before = umask(077);
  int sock = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  int is = sock >= 0 && bind(sock, (struct sockaddr *)&address, sizeof address) == 0 && listen(sock, 511) == 0;
  int why = errno;
  umask(before);
  if (!is) {
    unlink(name);
    refuse("500 Internal Server Error", "cannot listen in its folder: %s", strerror(why));
  }
  return sock;
}

/* From bind() on everybody can connect, and waits in the socket's queue until the process takes requests. */
static void start(int sock, int wasIn) {
  int told[2], why = 0;
  struct stat written;
  if (pipe2(told, O_CLOEXEC) != 0) refuse("500 Internal Server Error", "cannot make a pipe: %s", strerror(errno));
  int log = open("log", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (log >= 0 && fstat(log, &written) == 0 && written.st_size > LOG_BYTES && ftruncate(log, 0) != 0) { /* it grows on */ }
  if (log < 0) log = open("/dev/null", O_WRONLY | O_CLOEXEC);
  char socket_path[PATH_MAX + sizeof name];
  snprintf(socket_path, sizeof socket_path, "%s/%s", wasIn == 0 ? beside : elsewhere, name);
  pid_t child = fork();
  if (child < 0) {
    why = errno;
    unlink(name);
    refuse("503 Service Unavailable", "cannot start a process: %s", strerror(why));
  }
  if (child == 0) {
    /* The web server may end its CGI programs by their group, and waits for the end of what they have open. */
    setsid();
    dup2(sock, 0);
    dup2(log < 0 ? sock : log, 1);
    dup2(log < 0 ? sock : log, 2);
    for (int other = 3; other < 1024; other++)
      if (other != told[1]) close(other);
    if (chdir(home) != 0) { /* as a CGI program it may not need it */ }
    execl(NODE, NODE, "-e", BOOT, self, socket_path, (char *)NULL);
    execlp("node", "node", "-e", BOOT, self, socket_path, (char *)NULL);
    why = errno;
    while (write(told[1], &why, sizeof why) < 0 && errno == EINTR) { /* again */ }
    _exit(127);
  }
  close(told[1]);
  close(sock);
  while (read(told[0], &why, sizeof why) < 0 && errno == EINTR) { /* again */ }
  close(told[0]);
  if (log >= 0) close(log);
  if (why != 0) {
    unlink(name);
    refuse("500 Internal Server Error", "cannot run %s, nor node: %s", NODE, strerror(why));
  }
}

/* One at a time: who waits for the lock finds the process that who had it has started. */
static int connected(void) {
  int wasIn = 0, sock = -1;
  if (enter(beside) == 0 && (sock = dial()) >= 0) return sock;
  if (enter(elsewhere) == 0 && (sock = dial()) >= 0) return sock;
  if (make(beside) != 0) {
    int why = errno;
    if (make(elsewhere) != 0)
      refuse("500 Internal Server Error", "has no folder for its socket: neither %s (%s) nor %s (%s)", beside, strerror(why),
             elsewhere, strerror(errno));
    wasIn = 1;
  }
  int lock = open("lock", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (lock < 0) refuse("500 Internal Server Error", "cannot make its lock: %s", strerror(errno));
  while (flock(lock, LOCK_EX) != 0)
    if (errno != EINTR) refuse("500 Internal Server Error", "cannot have its lock: %s", strerror(errno));
  sock = dial();
  if (sock < 0) {
    start(listening(), wasIn);
    sock = dial();
    if (sock < 0) refuse("502 Bad Gateway", "the application's process ended as it started (%s): see log in its folder", strerror(errno));
  }
  close(lock);
  return sock;
}

/* ---- one request ------------------------------------------------------------------------------------------------------ */

static unsigned char *up, up_record[8 + RECORD], down[65536], text[65536];
static size_t up_length, up_at, up_room, text_length, text_at;

static void put(const void *bytes, size_t length) {
  if (up_length + length > up_room) {
    up_room = (up_length + length) * 2;
    up = realloc(up, up_room);
    if (up == NULL) refuse("500 Internal Server Error", "has no memory left");
  }
  memcpy(up + up_length, bytes, length);
  up_length += length;
}

static void put_header(unsigned char *to, int type, size_t length) {
  unsigned char made[8] = {1, (unsigned char)type, 0, 1, (unsigned char)(length >> 8), (unsigned char)length, 0, 0};
  memcpy(to, made, 8);
}

static size_t put_size(unsigned char *to, size_t size) {
  if (size < 128) {
    to[0] = (unsigned char)size;
    return 1;
  }
  to[0] = (unsigned char)(size >> 24 | 0x80);
  to[1] = (unsigned char)(size >> 16);
  to[2] = (unsigned char)(size >> 8);
  to[3] = (unsigned char)size;
  return 4;
}

/* BEGIN_REQUEST and the environment; PARAMS is one stream, cut anywhere. */
static void begin(int hasBody) {
  unsigned char made[8], body[8] = {0, 1, 0, 0, 0, 0, 0, 0};
  up_length = up_at = 0;
  put_header(made, BEGIN_REQUEST, 8);
  put(made, 8);
  put(body, 8);
  size_t from = up_length, length = 0;
  for (char **entry = environ; *entry != NULL; entry++) {
    char *equals = strchr(*entry, '=');
    if (equals == NULL || equals == *entry) continue;
    unsigned char sizes[8];
    size_t named = (size_t)(equals - *entry), valued = strlen(equals + 1);
    size_t of = put_size(sizes, named);
    put(sizes, of + put_size(sizes + of, valued));
    put(*entry, named);
    put(equals + 1, valued);
  }
  length = up_length - from;
  unsigned char *pairs = malloc(length + 1);
  if (pairs == NULL) refuse("500 Internal Server Error", "has no memory left");
  memcpy(pairs, up + from, length);
  up_length = from;
  for (size_t at = 0; at < length; at += RECORD) {
    size_t piece = length - at < RECORD ? length - at : RECORD;
    put_header(made, PARAMS, piece);
    put(made, 8);
    put(pairs + at, piece);
  }
  free(pairs);
  put_header(made, PARAMS, 0);
  put(made, 8);
  if (!hasBody) {
    put_header(made, STDIN, 0);
    put(made, 8);
  }
}

/* Bytes of the body; -1: up to the end of the input, which a front end that passes chunks on asks for. */
static long long declared(void) {
  const char *length = getenv("CONTENT_LENGTH"), *coding = getenv("HTTP_TRANSFER_ENCODING");
  if (length == NULL || *length == 0) return coding != NULL && *coding != 0 ? -1 : 0;
  if (strspn(length, "0123456789") != strlen(length) || strlen(length) > 18) return -1;
  return atoll(length);
}

enum { ANSWERED, REFUSED_BUSY, BROKEN, READER_GONE };

static size_t sent;
static long long left, taken;
static int input_over, status;

/* What the records of the process say; text for the web server waits until it has taken it. */
static unsigned char header[8], end[8];
static size_t header_length, content, padding, ended;

static void parse(size_t length, int *over, int *outcome) {
  for (size_t at = 0; at < length;) {
    if (header_length < 8) {
      header[header_length++] = down[at++];
      if (header_length < 8) continue;
      content = (size_t)header[4] << 8 | header[5];
      padding = header[6];
      ended = 0;
    }
    size_t here = length - at < content ? length - at : content;
    if (header[1] == STDOUT) memcpy(text + text_length, down + at, here), text_length += here;
    else if (header[1] == STDERR && here > 0 && write(2, down + at, here) < 0) { /* nobody reads the log */ }
    else if (header[1] == END_REQUEST)
      for (size_t of = 0; of < here && ended < 8; of++) end[ended++] = down[at + of];
    at += here;
    content -= here;
    if (content > 0) continue;
    size_t skipped = length - at < padding ? length - at : padding;
    at += skipped;
    padding -= skipped;
    if (padding > 0) continue;
    header_length = 0;
    if (header[1] != END_REQUEST || ended < 8) continue;
    *over = 1;
    status = (end[0] | end[1] | end[2] | end[3]) != 0;
    *outcome = end[4] == REQUEST_COMPLETE ? ANSWERED : end[4] == OVERLOADED ? REFUSED_BUSY : BROKEN;
  }
}

static void read_input(void) {
  size_t most = left >= 0 && left < RECORD ? (size_t)left : RECORD;
  ssize_t got = read(0, up_record + 8, most);
  if (got < 0 && (errno == EINTR || errno == EAGAIN)) return;
  if (got > 0) {
    taken += got;
    if (left > 0) left -= got;
    put_header(up_record, STDIN, (size_t)got);
    up_length = up_at = 0;
    put(up_record, 8 + (size_t)got);
  }
  if (got > 0 && left != 0) return;
  /* Short of its length the body ends, too: the application hears of that. */
  input_over = 1;
  if (got <= 0) up_length = up_at = 0;
  put_header(up_record, STDIN, 0);
  put(up_record, 8);
}

static int exchange(int sock) {
  int over = 0, outcome = BROKEN, deaf = 0;
  fcntl(sock, F_SETFL, O_NONBLOCK);
  for (;;) {
    int waiting = text_at < text_length;
    if (over && !waiting) return outcome;
    struct pollfd of[3] = {{.fd = sock}, {.fd = 0}, {.fd = 1}};
    if (!waiting && !over) of[0].events |= POLLIN;
    if (!deaf && !over && up_at < up_length) of[0].events |= POLLOUT;
    if (of[0].events == 0) of[0].fd = -1;
    if (!input_over && !deaf && !over && up_at >= up_length) of[1].events |= POLLIN;
    else of[1].fd = -1;
    if (waiting) of[2].events |= POLLOUT;
    if (poll(of, 3, -1) < 0) {
      if (errno == EINTR) continue;
      refuse("500 Internal Server Error", "cannot wait: %s", strerror(errno));
    }
    if (of[2].revents & (POLLERR | POLLHUP | POLLNVAL)) return READER_GONE;
    if (of[2].revents & POLLOUT) {
      ssize_t gone = write(1, text + text_at, text_length - text_at);
      if (gone < 0 && errno != EINTR && errno != EAGAIN) return READER_GONE;
      if (gone > 0) text_at += (size_t)gone, sent += (size_t)gone;
      if (text_at == text_length) text_at = text_length = 0;
    }
    if (of[1].revents != 0) read_input();
    if (of[0].revents & POLLOUT) {
      ssize_t gone = send(sock, up + up_at, up_length - up_at, MSG_NOSIGNAL);
      /* It may have answered all the same, and wants no more. */
      if (gone < 0 && errno != EINTR && errno != EAGAIN) deaf = 1;
      if (gone > 0) up_at += (size_t)gone;
    }
    if (of[0].revents & (POLLIN | POLLHUP | POLLERR) && text_at == text_length) {
      ssize_t got = read(sock, down, sizeof down);
      if (got < 0 && (errno == EINTR || errno == EAGAIN)) continue;
      if (got <= 0) over = 1;
      else parse((size_t)got, &over, &outcome);
    }
  }
}

/* mod_cgid writes the whole body before it reads the answer, and loses that where the body is not taken. */
static void drain(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  long long until = now.tv_sec * 1000LL + now.tv_nsec / 1000000 + DRAIN_SECONDS * 1000LL;
  long long drained = 0;
  while (!input_over && drained < DRAIN_BYTES) {
    clock_gettime(CLOCK_MONOTONIC, &now);
    long long wait = until - (now.tv_sec * 1000LL + now.tv_nsec / 1000000);
    struct pollfd in = {.fd = 0, .events = POLLIN};
    if (wait <= 0 || poll(&in, 1, (int)wait) <= 0) return;
    ssize_t got = read(0, down, left > 0 && left < (long long)sizeof down ? (size_t)left : sizeof down);
    if (got <= 0) return;
    drained += got;
    if (left > 0 && (left -= got) == 0) return;
  }
}

/* The process may be about to end just now. What has no body and changes nothing can be asked again. */
static int may_ask_again(void) {
  const char *method = getenv("REQUEST_METHOD");
  return sent == 0 && taken == 0 && method != NULL && (strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0);
}

static int flags_before = -1;

static void restore(void) { fcntl(1, F_SETFL, flags_before); }

int main(int count, char **words) {
  struct stat out;
  signal(SIGPIPE, SIG_IGN);
  locate(count > 0 ? words[0] : "");
  if (fstat(1, &out) == 0 && (S_ISFIFO(out.st_mode) || S_ISSOCK(out.st_mode))) {
    flags_before = fcntl(1, F_GETFL);
    if (flags_before != -1 && fcntl(1, F_SETFL, flags_before | O_NONBLOCK) == 0) atexit(restore);
  }
  int outcome = BROKEN;
  for (int attempt = 0; attempt < 2; attempt++) {
    left = declared();
    input_over = left == 0;
    text_length = text_at = header_length = 0;
    begin(left != 0);
    int sock = connected();
    outcome = exchange(sock);
    close(sock);
    if (outcome != BROKEN || !may_ask_again()) break;
  }
  if (outcome == READER_GONE) return 1;
  if (sent == 0 && outcome == REFUSED_BUSY) refuse("503 Service Unavailable", "the application's process has too many requests");
  if (sent == 0 && outcome == BROKEN)
    refuse("502 Bad Gateway", "the application's process ended before it answered: see log in its folder");
  drain();
  return outcome == ANSWERED ? status : 1;
}
