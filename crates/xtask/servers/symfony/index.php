<?php
// A small API on Symfony's framework bundle: kernel, configuration, addresses and controllers in one file.

use Symfony\Bundle\FrameworkBundle\FrameworkBundle;
use Symfony\Bundle\FrameworkBundle\Kernel\MicroKernelTrait;
use Symfony\Component\DependencyInjection\Loader\Configurator\ContainerConfigurator;
use Symfony\Component\HttpFoundation\{BinaryFileResponse, Cookie, JsonResponse, RedirectResponse, Request, Response, StreamedResponse};
use Symfony\Component\HttpKernel\Exception\HttpException;
use Symfony\Component\HttpKernel\Kernel;
use Symfony\Component\Routing\Generator\UrlGeneratorInterface;
use Symfony\Component\Routing\Loader\Configurator\RoutingConfigurator;

// Debian's packages of Symfony load their classes by these files.
require 'Symfony/Bundle/FrameworkBundle/autoload.php';
require 'Symfony/Component/Validator/autoload.php';
require 'Symfony/Component/Yaml/autoload.php';

const KEY = 'a key of this run';
const PUBLIC_ADDRESS = UrlGeneratorInterface::ABSOLUTE_URL;

class Api extends Kernel
{
    use MicroKernelTrait;

    public function registerBundles(): iterable
    {
        return [new FrameworkBundle()];
    }

    public function getProjectDir(): string
    {
        return getenv('RUN_FOLDER');
    }

    protected function configureContainer(ContainerConfigurator $container): void
    {
        $container->extension('framework', [
            'secret' => KEY,
            'http_method_override' => false,
            // What bff says of the browser's address: generated URLs are the browser's by it.
            'trusted_proxies' => '127.0.0.1',
            'trusted_headers' => ['x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'x-forwarded-prefix'],
        ]);
    }

    protected function configureRoutes(RoutingConfigurator $routes): void
    {
        $add = fn (string $name, string $path, array $methods) =>
            $routes->add($name, $path)->controller([$this, $name])->methods($methods);
        $add('list', '/items', ['GET']);
        $add('create', '/items', ['POST']);
        $add('createAndShow', '/items/redirect', ['POST']);
        $add('show', '/items/{id}', ['GET']);
        $add('change', '/items/{id}', ['PUT']);
        $add('upload', '/uploads', ['POST']);
        $add('uploadRaw', '/uploads/raw', ['PUT']);
        $add('report', '/report', ['GET']);
        $add('events', '/events', ['GET']);
        $add('login', '/login_check', ['POST']);
        $add('refresh', '/token/refresh', ['POST']);
        $add('me', '/me', ['GET']);
        $add('cookies', '/cookies', ['GET']);
        $add('tag', '/tags/{tag}', ['GET']);
        $add('fault', '/faults/{kind}', ['GET']);
    }

    public function list(Request $request): JsonResponse
    {
        $items = Items::all();
        $page = $request->query->getInt('page', 1);
        // As API Platform has it: the list and the views of it in one body.
        $next = $page * 10 < count($items) ? $this->address('list', ['page' => $page + 1]) : null;
        return new JsonResponse([
            'member' => array_values(array_slice($items, ($page - 1) * 10, 10)),
            'totalItems' => count($items),
            'view' => ['next' => $next],
        ]);
    }

    public function create(Request $request): JsonResponse
    {
        $new = $request->toArray();
        if (!is_string($new['name'] ?? null)) {
            $violations = [['propertyPath' => 'name', 'message' => 'This value should not be blank.']];
            return new JsonResponse(['title' => 'An error occurred', 'violations' => $violations], 422);
        }
        $item = Items::add($new);
        return new JsonResponse($item, 201, ['Location' => $this->address('show', ['id' => $item['id']])]);
    }

    public function createAndShow(Request $request): RedirectResponse
    {
        return new RedirectResponse($this->address('show', ['id' => Items::add($request->toArray())['id']]), 303);
    }

    public function show(Request $request, int $id): Response
    {
        $item = Items::find($id);
        $answer = new JsonResponse($item);
        $answer->setEtag("v{$item['version']}");
        $answer->isNotModified($request);
        return $answer;
    }

    public function change(Request $request, int $id): JsonResponse
    {
        $item = Items::find($id);
        $expected = $request->headers->get('If-Match');
        if ($expected && $expected !== "\"v{$item['version']}\"") {
            return new JsonResponse(['title' => 'It has changed'], 412);
        }
        $item = Items::put(['version' => $item['version'] + 1] + $request->toArray() + $item);
        $answer = new JsonResponse($item);
        $answer->setEtag("v{$item['version']}");
        return $answer;
    }

    public function upload(Request $request): JsonResponse
    {
        $file = $request->files->get('file');
        return new JsonResponse([
            'name' => $file->getClientOriginalName(),
            'size' => $file->getSize(),
            'sha256' => hash_file('sha256', $file->getPathname()),
        ]);
    }

    public function uploadRaw(Request $request): JsonResponse
    {
        $digest = hash_init('sha256');
        $size = hash_update_stream($digest, $request->getContent(true));
        return new JsonResponse(['size' => $size, 'sha256' => hash_final($digest)]);
    }

    public function report(): BinaryFileResponse
    {
        $file = $this->getProjectDir() . '/report.bin';
        file_exists($file) || file_put_contents($file, str_repeat(implode('', array_map('chr', range(0, 255))), 4096));
        $type = ['Content-Type' => 'application/octet-stream'];
        return new BinaryFileResponse($file, 200, $type, true, 'attachment', true);
    }

    public function events(): StreamedResponse
    {
        $fields = ['Content-Type' => 'text/event-stream', 'X-Accel-Buffering' => 'no'];
        return new StreamedResponse(function () {
            for ($number = 0; $number < 30; $number++) {
                echo "data: {\"number\": $number}\n\n";
                // Past PHP's own buffer (`output_buffering`), and past the web server's.
                ob_get_level() && ob_flush();
                flush();
                sleep(1);
            }
        }, 200, $fields);
    }

    public function login(Request $request): JsonResponse
    {
        $given = $request->toArray();
        if ([$given['username'], $given['password']] !== ['ada', 'adapass']) {
            return new JsonResponse(['code' => 401, 'message' => 'Invalid credentials.'], 401);
        }
        return new JsonResponse(Token::pair($given['username']));
    }

    public function refresh(Request $request): JsonResponse
    {
        $username = Token::read($request->toArray()['refresh_token']);
        return $username
            ? new JsonResponse(Token::pair($username))
            : new JsonResponse(['code' => 401, 'message' => 'JWT Refresh Token Not Found'], 401);
    }

    public function me(Request $request): JsonResponse
    {
        $username = Token::read(substr($request->headers->get('Authorization', ''), 7));
        return $username
            ? new JsonResponse(['id' => 1, 'username' => $username, 'email' => 'ada@example.com', 'roles' => ['ROLE_USER']])
            : new JsonResponse(['code' => 401, 'message' => 'JWT Token not found'], 401, ['WWW-Authenticate' => 'Bearer']);
    }

    public function cookies(Request $request): JsonResponse
    {
        $answer = new JsonResponse((object) $request->cookies->all());
        $answer->headers->setCookie(Cookie::create('upstream', 'secret'));
        return $answer;
    }

    public function tag(Request $request, string $tag): JsonResponse
    {
        return new JsonResponse(['tag' => $tag, 'q' => $request->query->get('q')]);
    }

    public function fault(string $kind): Response
    {
        throw new RuntimeException("a fault of kind $kind");
    }

    private function address(string $route, array $parameters): string
    {
        return $this->getContainer()->get('router')->generate($route, $parameters, PUBLIC_ADDRESS);
    }
}

/** The items, in a file: PHP forgets everything between two requests. */
class Items
{
    public static function all(): array
    {
        $file = self::file();
        if (file_exists($file)) {
            return unserialize(file_get_contents($file));
        }
        $item = fn (int $number) => ['id' => $number, 'name' => "item $number", 'price' => 0, 'version' => 1];
        return array_combine(range(1, 25), array_map($item, range(1, 25)));
    }

    public static function find(int $id): array
    {
        return self::all()[$id] ?? throw new HttpException(404, 'No such item');
    }

    public static function add(array $new): array
    {
        return self::put(['id' => count(self::all()) + 1, 'version' => 1] + $new + ['price' => 0]);
    }

    public static function put(array $item): array
    {
        file_put_contents(self::file(), serialize([$item['id'] => $item] + self::all()));
        return $item;
    }

    private static function file(): string
    {
        return getenv('RUN_FOLDER') . '/items';
    }
}

/** JSON web tokens, in the answers that Symfony's usual bundles for them give. */
class Token
{
    public static function pair(string $username): array
    {
        return ['token' => self::make($username, 20), 'refresh_token' => self::make($username, 3600)];
    }

    private static function make(string $username, int $life): string
    {
        $part = fn (array $value) => rtrim(strtr(base64_encode(json_encode($value)), '+/', '-_'), '=');
        $signed = $part(['alg' => 'HS256']) . '.' . $part(['username' => $username, 'exp' => time() + $life]);
        return "$signed." . hash_hmac('sha256', $signed, KEY);
    }

    /** Whose token it is; null where it is none, or its time has passed. */
    public static function read(string $token): ?string
    {
        [$head, $claims, $signature] = explode('.', $token) + ['', '', ''];
        $claims = hash_equals(hash_hmac('sha256', "$head.$claims", KEY), $signature) ? base64_decode($claims) : '{}';
        $claims = json_decode($claims, true);
        return ($claims['exp'] ?? 0) > time() ? $claims['username'] : null;
    }
}

$kernel = new Api('prod', false);
$request = Request::createFromGlobals();
$answer = $kernel->handle($request);
$answer->send();
$kernel->terminate($request, $answer);
