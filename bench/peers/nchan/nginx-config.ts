// The configuration of one nginx with Nchan in front of Redis.

export interface NginxConfig {
  readonly module: string;
  readonly folder: string;
  readonly port: number;
  readonly redisUrl: string;
}

/** One worker: two instances share two cores with everything else, as the other peers' do. */
export const nginxConfig = ({ module, folder, port, redisUrl }: NginxConfig): string => `
load_module ${module};
daemon off;
worker_processes 1;
worker_rlimit_nofile 65536;
pid ${folder}/nginx.pid;
error_log stderr error;
events {
  worker_connections 32768;
}
http {
  access_log off;
  tcp_nodelay on;
  client_body_temp_path ${folder}/body;
  proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi;
  scgi_temp_path ${folder}/scgi;
  nchan_shared_memory_size 512M;
  upstream redis {
    nchan_redis_server ${redisUrl};
  }
  server {
    listen 127.0.0.1:${port} backlog=4096;
    location ~ ^/sub/([-a-z0-9]+)$ {
      nchan_subscriber websocket;
      nchan_channel_id $1;
      nchan_subscriber_first_message newest;
      # At server level it is ignored without a word, and half of the subscribers hear nothing.
      nchan_redis_pass redis;
    }
    location ~ ^/pub/([-a-z0-9]+)$ {
      nchan_publisher websocket;
      nchan_channel_id $1;
      nchan_message_buffer_length 20000;
      nchan_message_timeout 1h;
      nchan_redis_pass redis;
    }
    # Asked for the state of a channel that nobody uses, which takes the connection to Redis.
    location = /ready {
      nchan_publisher http;
      nchan_channel_id ready;
      nchan_redis_pass redis;
    }
  }
}
`;
