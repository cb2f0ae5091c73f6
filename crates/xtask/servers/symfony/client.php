<?php
// Drives the Symfony app through bff by Guzzle.

use GuzzleHttp\Client;
use GuzzleHttp\Cookie\CookieJar;
use GuzzleHttp\HandlerStack;
use GuzzleHttp\Middleware;
use Psr\Http\Message\ResponseInterface;

require 'GuzzleHttp/autoload.php';

[, $bff, $upstreamPort] = $argv;
$upload = random_bytes(30 << 20);
$sha256 = hash('sha256', $upload);
$report = str_repeat(implode('', array_map('chr', range(0, 255))), 4096);

function same(mixed $found, mixed $expected, string $of = ''): void
{
    if ($found !== $expected) {
        throw new Exception("$of " . json_encode($found) . ', expected ' . json_encode($expected));
    }
}

function json(ResponseInterface $answer): mixed
{
    return json_decode((string) $answer->getBody(), true);
}

// No answer names the server behind bff, and none sets a cookie of it.
$stack = HandlerStack::create();
$stack->push(Middleware::mapResponse(function (ResponseInterface $answer) use ($upstreamPort) {
    $values = array_merge(...array_values($answer->getHeaders()));
    same(array_filter($values, fn ($value) => str_contains($value, ":$upstreamPort")), [], 'fields');
    same(array_filter($answer->getHeader('Set-Cookie'), fn ($one) => !str_starts_with($one, 'bff')), [], 'cookies');
    return $answer;
}));
$jar = new CookieJar();
$client = new Client([
    'base_uri' => "$bff/api/server/",
    'cookies' => $jar,
    'handler' => $stack,
    'headers' => ['X-CSRF' => '1'],
    'http_errors' => false,
    'allow_redirects' => ['track_redirects' => true],
]);

// A `Location`, as a browser resolves it.
$at = function (string $location) use ($bff): string {
    same(str_starts_with($location, '/api/server/'), true, $location);
    return $bff . $location;
};

$scenarios = [
    'create' => function () use ($client, $at) {
        $answer = $client->post('items', ['json' => ['name' => 'lamp', 'price' => 9.5]]);
        same($answer->getStatusCode(), 201, (string) $answer->getBody());
        same(json($client->get($at($answer->getHeaderLine('Location'))))['name'], 'lamp');
    },
    'paging' => function () use ($client, $bff) {
        $seen = [];
        for ($next = 'items'; $next; $next = $page['view']['next']) {
            $page = json($client->get($next));
            array_push($seen, ...array_column($page['member'], 'id'));
            same(str_starts_with($page['view']['next'] ?? $bff, $bff), true, 'the browser\'s address in the body');
        }
        same(count(array_unique($seen)), $page['totalItems']);
    },
    'redirect' => function () use ($client) {
        $answer = $client->post('items/redirect', ['json' => ['name' => 'desk']]);
        same($answer->getHeader('X-Guzzle-Redirect-Status-History'), ['303']);
        same(json($answer)['name'], 'desk');
    },
    'upload-form' => function () use ($client, $upload, $sha256) {
        $file = ['name' => 'file', 'contents' => $upload, 'filename' => 'größe.bin'];
        $answer = $client->post('uploads', ['multipart' => [$file]]);
        same(json($answer), ['name' => 'größe.bin', 'size' => strlen($upload), 'sha256' => $sha256]);
    },
    'upload-raw' => function () use ($client, $upload, $sha256) {
        same(json($client->put('uploads/raw', ['body' => $upload])), ['size' => strlen($upload), 'sha256' => $sha256]);
    },
    'download' => function () use ($client, $report) {
        $answer = $client->get('report');
        same((string) $answer->getBody() === $report, true, 'the same bytes:');
        same($answer->getHeaderLine('Content-Disposition'), 'attachment; filename=report.bin');
        same($answer->getHeaderLine('Accept-Ranges'), 'bytes');
    },
    'range' => function () use ($client, $report) {
        $tag = $client->head('report')->getHeaderLine('ETag');
        foreach ([[[], 206], [['If-Range' => $tag], 206], [['If-Range' => '"old"'], 200]] as [$condition, $status]) {
            $answer = $client->get('report', ['headers' => ['Range' => 'bytes=300-399'] + $condition]);
            same($answer->getStatusCode(), $status, json_encode($condition));
            same((string) $answer->getBody() === ($status === 206 ? substr($report, 300, 100) : $report), true);
        }
        // Of a range behind the file Symfony makes no 416, but leaves it out of account.
        same($client->get('report', ['headers' => ['Range' => 'bytes=9999999-']])->getStatusCode(), 200);
    },
    'not-modified' => function () use ($client) {
        $tag = $client->get('items/2')->getHeaderLine('ETag');
        $answer = $client->get('items/2', ['headers' => ['If-None-Match' => $tag]]);
        same([$answer->getStatusCode(), (string) $answer->getBody(), $answer->getHeaderLine('ETag')], [304, '', $tag]);
    },
    'if-match' => function () use ($client) {
        $options = ['json' => ['name' => 'chair'], 'headers' => ['If-Match' => '"v1"']];
        same($client->put('items/3', $options)->getHeaderLine('ETag'), '"v2"');
        $answer = $client->put('items/3', $options);
        same([$answer->getStatusCode(), json($answer)], [412, ['title' => 'It has changed']]);
    },
    'invalid' => function () use ($client) {
        $answer = $client->post('items', ['json' => ['price' => 1]]);
        same([$answer->getStatusCode(), json($answer)['violations'][0]['propertyPath']], [422, 'name']);
    },
    'not-found' => function () use ($client) {
        $answer = $client->get('items/999', ['headers' => ['Accept' => 'application/json']]);
        same([$answer->getStatusCode(), json($answer)['detail']], [404, 'Not Found']);
        $page = $client->get('nothing', ['headers' => ['Accept' => 'text/html']]);
        same([$page->getStatusCode(), json($page)['code'] ?? null], [404, 'api_not_found'], 'a page of HTML');
    },
    'fault' => function () use ($client) {
        $answer = $client->get('faults/hidden');
        same([$answer->getStatusCode(), $answer->getHeaderLine('Content-Type')], [500, 'application/problem+json']);
    },
    'fault-passed' => function () use ($client) {
        $answer = $client->get('faults/passed');
        same([$answer->getStatusCode(), $answer->getHeaderLine('Content-Type')], [500, 'text/plain; charset=utf-8']);
        same(str_contains((string) $answer->getBody(), '500 Internal Server Error'), true);
    },
    'cookies' => function () use ($client) {
        same(json($client->get('cookies', ['headers' => ['Cookie' => 'mine=1'], 'cookies' => null])), []);
    },
    'slash' => function () use ($client) {
        $answer = $client->get('items/', ['query' => ['page' => 2]]);
        same($answer->getHeader('X-Guzzle-Redirect-Status-History'), ['301']);
        same(count(json($answer)['member']), 10);
    },
    'head' => function () use ($client) {
        $head = $client->head('items/1');
        same([$head->getStatusCode(), (string) $head->getBody(), $head->getHeaderLine('ETag')], [200, '', '"v1"']);
    },
    'options' => function () use ($client) {
        $answer = $client->request('OPTIONS', 'items');
        same([$answer->getStatusCode(), $answer->getHeaderLine('Allow')], [405, 'GET, POST']);
    },
    'unicode' => function () use ($client) {
        $answer = $client->get('tags/größe café', ['query' => ['q' => '日本 & más']]);
        same(json($answer), ['tag' => 'größe café', 'q' => '日本 & más']);
    },
    'sign-in' => function () use ($client, $bff) {
        same($client->get('me')->getHeaderLine('WWW-Authenticate'), 'Bearer');
        $attempt = fn ($password) => $client->post("$bff/bff/login", ['json' => ['username' => 'ada', 'password' => $password]]);
        same($attempt('wrong')->getStatusCode(), 401);
        same(json($attempt('adapass'))['user'] ?? null, ['id' => '1', 'username' => 'ada', 'name' => 'ada']);
    },
    'signed-in' => function () use ($client) {
        same(json($client->get('me')), ['id' => 1, 'username' => 'ada', 'email' => 'ada@example.com']);
    },
    'events' => function () use ($client) {
        $body = $client->get('events', ['stream' => true])->getBody();
        $arrivals = [];
        for ($text = ''; !$body->eof(); ) {
            $text .= $body->read(1);
            if (str_ends_with($text, "\n\n")) {
                [$arrivals[], $text] = [microtime(true), ''];
            }
        }
        $gaps = array_map(fn ($later, $earlier) => $later - $earlier, array_slice($arrivals, 1), array_slice($arrivals, 0, -1));
        same(count($arrivals), 30, 'events');
        same(max($gaps) < 2.5 && array_sum($gaps) > 28, true, json_encode($gaps));
    },
    // The access token's 20 seconds have passed while the events came.
    'renewal' => fn () => same($client->get('me')->getStatusCode(), 200),
    'sign-out' => function () use ($client, $bff) {
        same($client->post("$bff/bff/logout")->getStatusCode(), 200);
        same($client->get('me')->getStatusCode(), 401);
    },
];

foreach ($scenarios as $name => $scenario) {
    try {
        $scenario();
        echo "pass\t$name\n";
    } catch (Throwable $error) {
        fwrite(STDERR, "$error\n");
        echo "fail\t$name\t" . preg_replace('/\s+/', ' ', $error->getMessage()) . "\n";
    }
}
