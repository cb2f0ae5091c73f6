#!/bin/sh
# Starts PHP-FPM, and before it nginx on the port given, as Symfony's documentation sets the two up. What they keep goes
# into the folder RUN_FOLDER. Ends both when it is ended.
set -eu
port=$1
here=$(cd "$(dirname "$0")" && pwd)
cd "$RUN_FOLDER"

cat > fpm.conf <<EOF
[global]
error_log = $RUN_FOLDER/fpm.log
[www]
listen = $RUN_FOLDER/fpm.sock
listen.mode = 0666
pm = static
pm.max_children = 4
env[RUN_FOLDER] = $RUN_FOLDER
; Uploads over 2 MB, and forms over 8 MB.
php_admin_value[upload_max_filesize] = 64M
php_admin_value[post_max_size] = 64M
EOF
case $(id -u) in 0) printf 'user = %s\ngroup = %s\n' www-data www-data >> fpm.conf && chown -R www-data . ;; esac

cat > nginx.conf <<EOF
daemon off;
pid $RUN_FOLDER/nginx.pid;
error_log $RUN_FOLDER/nginx.log;
events {}
http {
  access_log off;
  client_body_temp_path $RUN_FOLDER/body;
  fastcgi_temp_path $RUN_FOLDER/fastcgi;
  proxy_temp_path $RUN_FOLDER/proxy;
  uwsgi_temp_path $RUN_FOLDER/uwsgi;
  scgi_temp_path $RUN_FOLDER/scgi;
  # Uploads over 1 MB.
  client_max_body_size 64m;
  server {
    listen 127.0.0.1:$port;
    location / {
      include /etc/nginx/fastcgi_params;
      fastcgi_param SCRIPT_FILENAME $here/index.php;
      fastcgi_param SCRIPT_NAME /index.php;
      fastcgi_pass unix:$RUN_FOLDER/fpm.sock;
    }
  }
}
EOF

fpm=$(command -v php-fpm || ls /usr/sbin/php-fpm* | head -n 1)
"$fpm" --nodaemonize --fpm-config fpm.conf &
php=$!
nginx -c "$RUN_FOLDER/nginx.conf" &
web=$!
trap 'kill $php $web; wait' TERM INT
wait
