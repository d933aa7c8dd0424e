<?php // Run by php-cgi. ?note=ID adds the id to the file NOTES; ?sleep waits.
$body = file_get_contents('php://input');
if (isset($_GET['note'])) file_put_contents(getenv('NOTES'), "$_SERVER[REQUEST_METHOD] $_GET[note]\n", FILE_APPEND);
if (isset($_GET['sleep'])) usleep(200000);
header('Content-Type: text/plain');
echo getmypid(), ' ', $_SERVER['REQUEST_METHOD'], ' ', strlen($body);
