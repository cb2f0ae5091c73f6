# A small API as `rails new --api` makes them, in one file.

require 'digest'
require 'tmpdir'
require 'logger'
require 'action_controller/railtie'
require 'jwt'

KEY = 'a key of this run'
FOLDER = Dir.mktmpdir
REPORT = File.join(FOLDER, 'public', 'report.bin')
FileUtils.mkdir_p(File.dirname(REPORT))
File.binwrite(REPORT, (0..255).to_a.pack('C*') * 4096)

# Addresses in bodies are the browser's by it, and those in fields as well.
class BehindPrefix
  def initialize(app)
    @app = app
  end

  def call(env)
    @app.call(env.merge('SCRIPT_NAME' => env['HTTP_X_FORWARDED_PREFIX'].to_s))
  end
end

class Api < Rails::Application
  config.root = FOLDER
  config.api_only = true
  config.eager_load = false
  config.secret_key_base = 'a base of this run'
  config.logger = Logger.new($stdout)
  config.log_level = :warn
  # Files of public/ are served by Rails itself, without a server in front.
  config.public_file_server.enabled = true
  config.consider_all_requests_local = false
  # Rails takes the browser's host from X-Forwarded-Host, so that both names have to be listed.
  config.hosts << '127.0.0.1'
  config.middleware.use ActionDispatch::Cookies
  config.middleware.insert_before 0, BehindPrefix
end

# Controllers take the helpers for addresses over from a running application.
Rails.application.initialize!

Item = Struct.new(:id, :name, :price, :version) do
  def cache_key_with_version
    "items/#{id}-#{version}"
  end

  def as_json(*)
    { id: id, name: name, price: price }
  end
end
ITEMS = (1..25).to_h { |number| [number, Item.new(number, "item #{number}", 0, 1)] }

def ITEMS.add(name, price = 0)
  self[size + 1] = Item.new(size + 1, name, price, 1)
end

class ItemsController < ActionController::API
  before_action(only: %i[show update]) do
    @item = ITEMS[params[:id].to_i]
    render json: { error: 'Not found' }, status: :not_found unless @item
  end

  def index
    page = params.fetch(:page, 1).to_i
    # As the gems for paging do it: absolute addresses in Link.
    following = url_for(page: page + 1, only_path: false)
    response.headers['Link'] = %(<#{following}>; rel="next") if page * 10 < ITEMS.size
    response.headers['Total'] = ITEMS.size.to_s
    render json: ITEMS.values[(page - 1) * 10, 10]
  end

  def create
    return render json: { name: ["can't be blank"] }, status: :unprocessable_entity if params[:name].blank?

    item = ITEMS.add(params[:name], params[:price])
    address = item_url(item.id)
    render json: { **item.as_json, url: address }, status: :created, location: address
  end

  def create_and_show
    redirect_to item_url(ITEMS.add(params[:name]).id), status: :see_other
  end

  def show
    render json: @item if stale?(strong_etag: @item.cache_key_with_version)
  end

  def update
    response.strong_etag = @item.cache_key_with_version
    expected = request.headers['If-Match']
    return head :precondition_failed if expected && expected != response.etag

    @item.name = params[:name]
    @item.version += 1
    render json: @item
  end
end

class FilesController < ActionController::API
  def upload
    file = params[:file]
    name = file.original_filename.dup.force_encoding('UTF-8')
    render json: { name: name, size: file.size, sha256: Digest::SHA256.file(file.path).hexdigest }
  end

  def upload_raw
    content = request.body.read
    render json: { size: content.bytesize, sha256: Digest::SHA256.hexdigest(content) }
  end

  def report
    send_file REPORT
  end
end

class EventsController < ActionController::API
  include ActionController::Live

  def index
    response.headers['Content-Type'] = 'text/event-stream'
    # Without it Rack::ETag collects the answer to make a tag of it.
    response.headers['Last-Modified'] = Time.now.httpdate
    30.times do |number|
      response.stream.write("data: {\"number\": #{number}}\n\n")
      sleep 1
    end
  ensure
    response.stream.close
  end
end

class AccountController < ActionController::API
  include ActionController::HttpAuthentication::Token::ControllerMethods

  def login
    return render json: { error: 'Invalid' }, status: :unauthorized if params[:password] != 'adapass'

    claims = { sub: params[:email], exp: 30.minutes.from_now.to_i }
    render json: { token: JWT.encode(claims, KEY, 'HS256') }
  end

  def me
    claims = authenticate_with_http_token { |token| JWT.decode(token, KEY, true, algorithm: 'HS256').first }
    return request_http_token_authentication unless claims

    render json: { id: 1, email: claims['sub'], name: 'Ada Okafor', admin: true }
  end
end

class OddsController < ActionController::API
  include ActionController::Cookies

  def keks
    received = cookies.to_h
    cookies[:upstream] = 'secret'
    render json: received
  end

  def tag
    render json: { tag: params[:tag], q: params[:q] }
  end

  def fault
    raise "a fault of kind #{params[:kind]}"
  end
end

Rails.application.routes.draw do
  post 'items/redirect', to: 'items#create_and_show'
  resources :items, only: %i[index create show update]
  post 'uploads', to: 'files#upload'
  put 'uploads/raw', to: 'files#upload_raw'
  get 'report', to: 'files#report'
  get 'events', to: 'events#index'
  post 'login', to: 'account#login'
  get 'me', to: 'account#me'
  get 'cookies', to: 'odds#keks'
  get 'tags/:tag', to: 'odds#tag'
  get 'faults/:kind', to: 'odds#fault'
end

run Rails.application
